"""What libraries mean: their types as stub text and their rules, read from one YAML file each."""

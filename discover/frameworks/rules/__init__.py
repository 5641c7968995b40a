"""What a rule of the catalog means at one place: where it fits, what its picks find, which units it names."""

"""What an exported package runs on Conductor's SDK; copied into it."""

"""What an exported package runs on Temporal's SDK; copied into it."""

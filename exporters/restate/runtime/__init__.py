"""What an exported package runs on Restate's SDK; copied into it."""

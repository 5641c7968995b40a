"""What generated flows rest on, whatever the engine; copied into each package."""

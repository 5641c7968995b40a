"""What an exported package runs on SpiffWorkflow; copied into it."""

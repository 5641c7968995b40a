"""The view of one workflow: its data, its outline, and the scripts that paint it."""

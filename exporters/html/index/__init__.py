"""The index: all workflows as a table, and what the scan could not read or follow."""

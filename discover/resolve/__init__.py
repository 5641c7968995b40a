"""Names, types and call targets of a whole program, inferred from the facts of its files."""

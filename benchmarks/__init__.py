"""Measures of the product that anyone can repeat: speed beside bare `ast.parse`, accuracy beside what really runs."""

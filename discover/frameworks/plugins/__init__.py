"""What a catalog file can't say: one module per mechanism, its reason in the docstring; none imports another."""

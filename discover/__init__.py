"""Find the workflows that a Python backend hides, from its source alone."""

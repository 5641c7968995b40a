"""Which files are read, under which module names, and what else in the tree starts them."""

"""Entry points, dispatches, callbacks and hooks of a program, by the catalog's rules and a few plugins."""

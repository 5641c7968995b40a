"""Runs pieces of the backend's own code as steps of an engine, with what they send to queues held back.

These modules are also copied into each exported package, as `engine`, so they import nothing of Undercurrent but
each other. `docs/canonical.md` says what a worker is given and gives.
"""

"""Runs steps that are the backend's own functions on DBOS, with SQLite, in this process.

These modules are also copied into each exported package of workers, so they import nothing of Undercurrent but
each other.
"""

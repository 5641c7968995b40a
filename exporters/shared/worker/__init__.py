"""Runs the backend's own functions as steps of an engine, with what they send to queues captured.

These modules are also copied into each exported package of workers, so they import nothing of Undercurrent but
each other.
"""

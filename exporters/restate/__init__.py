"""Restate: a service of workflows, in Python."""

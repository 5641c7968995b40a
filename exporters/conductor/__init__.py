"""Conductor: a workflow definition per run, a task definition per step, and a package of Python workers."""

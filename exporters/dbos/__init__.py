"""Definitions that run on DBOS: the engine that `undercurrent run` embeds, and the package of workers made from one."""

"""Whole paths of routes: routers, prefixes, modules of URL patterns, and who answers."""

"""Applies what a user overrules: entry points and effects before links are made, the account of all corrections."""

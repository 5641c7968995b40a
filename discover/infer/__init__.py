"""Turns linked units into structured workflows, ranked and named, and finds their risks."""

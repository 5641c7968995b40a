"""Joins what hands work over with what receives it, over the whole program."""

"""The run map: one card per run, and who hands work to whom."""

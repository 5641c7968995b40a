"""Temporal: workflows, activities, a worker and schedules, in Python."""

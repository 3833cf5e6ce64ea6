"""Drills: a scenario happens for real, its response is carried out, and everything is timed."""

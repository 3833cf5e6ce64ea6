"""Looks at the running platform, round after round, and turns what it finds into evidence."""

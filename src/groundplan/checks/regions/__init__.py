"""Rules of regions, names and types."""

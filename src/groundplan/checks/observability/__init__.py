"""Rules of observability: promises are seen, seen in time, and kept long enough."""

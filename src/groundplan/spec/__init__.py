"""What was written: the platform file as typed sections, each value with its place."""

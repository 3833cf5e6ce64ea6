"""Rules of data: where it may be, how long, in which pieces."""

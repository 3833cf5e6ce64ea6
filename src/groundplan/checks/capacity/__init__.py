"""Rules of capacity: whether what is promised fits into what is asked for, at its worst."""

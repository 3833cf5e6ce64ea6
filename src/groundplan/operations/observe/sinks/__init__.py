"""Sinks: stores elsewhere that get a copy of the logs, besides the one that is always here."""

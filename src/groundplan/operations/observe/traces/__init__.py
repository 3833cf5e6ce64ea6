"""Traces: spans taken in, decided on as whole traces, kept, found."""

"""Promises, the evidence for and against them, and the ledger that keeps it."""

"""Arithmetic behind proofs: pure functions without I/O, with the units in their names.

They know nothing of rules or files. A rule brings the inputs, and derivation.py writes down how a
result came about.
"""

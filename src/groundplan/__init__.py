"""Groundplan: one file describes a platform; one command runs it."""

__version__ = "0.1.0"

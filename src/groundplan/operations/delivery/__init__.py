"""Releases: how a new version of a service takes over, and how it is taken back."""

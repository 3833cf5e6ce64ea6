"""Backups, restores, failovers: what brings a platform back."""

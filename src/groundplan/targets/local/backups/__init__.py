"""Backups and copies on this machine: made, proven, brought back."""

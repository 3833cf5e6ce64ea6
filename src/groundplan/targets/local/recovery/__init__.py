"""Databases and regions on this machine: watched, promoted, isolated, broken by drills."""

"""Releases on this machine: two versions side by side, their weights, counters and tests."""

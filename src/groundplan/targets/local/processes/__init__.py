"""Processes on this machine: programs found, launched, supervised, cleared away."""

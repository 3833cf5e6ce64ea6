"""What every HTTP exchange has: traces, problems, metrics, limits, probes."""

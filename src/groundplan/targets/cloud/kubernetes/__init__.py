"""Kubernetes objects, one module per kind; each is told a whole design and decides nothing."""

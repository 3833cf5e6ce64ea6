"""Envoy's configuration, made from a region's gateway: one module per kind of resource."""

"""A service's number of replicas follows its load."""

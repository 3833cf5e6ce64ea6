"""This machine as a target: real parts, each on a loopback address of its own, supervised."""

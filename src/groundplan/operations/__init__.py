"""What groundplan does to a running platform, one folder for each field: decide, then run.

An operation receives its journal and its ports; it never picks a target. Fields do not import each
other.
"""

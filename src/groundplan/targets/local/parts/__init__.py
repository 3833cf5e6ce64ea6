"""The kinds of parts this machine can run, one module each; registry.py lists them."""

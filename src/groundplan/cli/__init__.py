"""What you type. One file per verb; `verbs.py` is the table of them, `entry.py` the way in."""

from groundplan.cli.entry import main

__all__ = ["main"]

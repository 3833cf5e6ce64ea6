"""The data lake: rows come in once, move to cheaper places, and go when they may."""

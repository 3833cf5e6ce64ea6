"""The processes that keep what a platform says: its logs, its traces, its lake."""

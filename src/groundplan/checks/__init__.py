"""What can be proven from the file alone: one function per rule, one file per family."""

"""Words on a terminal: colours, columns, numbers as people say them, progress."""

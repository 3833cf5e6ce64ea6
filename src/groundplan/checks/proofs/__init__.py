"""What can be proven of each promise with the file and the tables alone."""

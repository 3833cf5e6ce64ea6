"""What the file means in a cloud: every name, block, size and step, with no choice left. Pure."""

"""Who is told of operations: letters are written first, then sent until they arrive."""

"""A target of arithmetic: the same ports as the real one, on a clock that only we move."""

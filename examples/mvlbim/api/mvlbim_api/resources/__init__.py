"""What the API is about: one module per kind of thing, on two shared ways to read and write."""

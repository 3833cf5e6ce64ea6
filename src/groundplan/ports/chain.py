"""How records are chained: each hash is over its own text and the hash before it. Pure.

What is edited, deleted, added or moved breaks the chain from there on.
"""

import hashlib

START = "0" * 64  # what the first hash builds on


def link(before: str, text: str) -> str:
    """The hash of a text that follows on another's hash."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()

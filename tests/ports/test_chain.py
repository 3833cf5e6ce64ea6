"""The hash of a text and what was before it."""

import hashlib

from groundplan.ports.chain import START, link


def test_a_link_is_a_plain_sha256_that_anybody_can_repeat() -> None:
    first = link(START, "a")
    assert first == hashlib.sha256(b"0" * 64 + b"\na").hexdigest()
    assert link(first, "b") == hashlib.sha256(f"{first}\nb".encode()).hexdigest()

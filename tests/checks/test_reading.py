"""Words for messages."""

import pytest

from groundplan.checks.reading import counted, listed, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (60, "60 s"),
        (2592, "43.2 min"),
        (86_400, "24 h"),
        (7 * 86_400, "7 days"),
        (2555 * 86_400, "2,555 days"),
    ],
)
def test_length_of_time(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_lists_and_counts() -> None:
    assert listed([]) == "none"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert counted(1, "region") == "1 region"
    assert counted(1200, "region") == "1,200 regions"

"""Requests that tell a good version, with a few failures, from one at the limit."""

import pytest

from groundplan.checks.numbers.gate import requests_to_prove
from groundplan.checks.numbers.samples import requests_to_tell


def test_a_version_with_half_the_failures_needs_more_requests_than_one_without() -> None:
    assert requests_to_prove(0.01) == 396
    assert requests_to_tell(0.01) == 2611


def test_the_nearer_to_the_limit_the_more_requests() -> None:
    needed = [requests_to_tell(0.01, good=good) for good in (0.2, 0.5, 0.6)]
    assert needed == sorted(set(needed))


@pytest.mark.parametrize("limit", [0.000_01, 0.001, 0.3, 0.9, 0.99])
def test_any_limit_has_an_answer(limit: float) -> None:
    assert requests_to_tell(limit) >= requests_to_prove(limit)

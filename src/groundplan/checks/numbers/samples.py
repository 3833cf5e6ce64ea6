"""How many requests tell a good version from a bad one, when even a good one fails now and then."""

from functools import cache

from groundplan.checks.numbers.gate import RISK, requests_to_prove

GOOD = 0.5  # a version that fails half as often as it may deserves to pass
FAILURES_MAX = 100


@cache
def requests_to_tell(limit: float, *, good: float = GOOD, risk: float = RISK) -> int:
    """The fewest requests that prove a version below the limit when it fails at `good` times the
    limit: 2,611 at 1%, with 13 failures. The 396 of requests_to_prove allow none at all."""
    assert 0 < good < 1
    needed = 0
    for failures in range(FAILURES_MAX):
        needed = requests_to_prove(limit, failures=failures, risk=risk)
        if failures >= good * limit * needed * 0.99:  # near enough; each step more takes time
            break
    return needed

"""How many requests the gate of a canary needs to judge an error rate.

The gate looks after every request, so it uses a test that is valid at any time: a mixture of
likelihood ratios (Ville's inequality; Lindon, Sanden, Shirikian 2022, arXiv 2205.14762). With a 1%
limit and 5% risk it proves "below" after 396 requests without a failure; a test that looks only
once needs 299.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

RISK = 0.05
# Error rates that the mixture weighs, as multiples of the limit. At 1%: 0.01% to 0.8% for a
# proof, 1.5% to 95% for an abort.
BELOW = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
ABOVE = (1.5, 2, 3, 5, 8, 12, 20, 35, 60, 95)


def evidence(requests: int, failures: int, *, limit: float, multiples: Sequence[float]) -> float:
    """How much likelier the counts are under the mixture than at the limit itself."""
    rates = [limit * multiple for multiple in multiples if limit * multiple < 1]
    logs = [
        failures * math.log(rate / limit)
        + (requests - failures) * (math.log1p(-rate) - math.log1p(-limit))
        for rate in rates
    ]
    top = max(logs)
    return math.exp(top) * math.fsum(math.exp(each - top) for each in logs) / len(logs)


def requests_to_prove(limit: float, *, failures: int = 0, risk: float = RISK) -> int:
    """The fewest requests after which so many failures prove an error rate below the limit."""
    assert 0 < limit < 1
    low, high = failures, max(2 * failures, 1)
    while evidence(high, failures, limit=limit, multiples=BELOW) < 1 / risk:
        low, high = high, high * 2
    while high - low > 1:  # more requests without a failure only add evidence
        middle = (low + high) // 2
        if evidence(middle, failures, limit=limit, multiples=BELOW) < 1 / risk:
            low = middle
        else:
            high = middle
    return high


def requests_to_abort(limit: float, failures: int, *, risk: float = RISK) -> int | None:
    """Within how many requests so many failures stop the rollout; None when they never do."""
    assert 0 < limit < 1
    if evidence(failures, failures, limit=limit, multiples=ABOVE) < 1 / risk:
        return None
    requests = failures
    while evidence(requests + 1, failures, limit=limit, multiples=ABOVE) >= 1 / risk:
        requests += 1
    return requests


def requests_to_prove_once(limit: float, risk: float = RISK) -> int:
    """The same for a gate that looks only once, at the end: (1 - limit)^n <= risk."""
    return math.ceil(math.log(risk) / math.log1p(-limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySteps:
    """The weights of a rollout, in percent of the traffic, each held for an interval."""

    weights: tuple[float, ...]
    interval_seconds: float
    lands_on_max: bool  # whether the increments reach the last weight without cutting one short

    def requests(self, requests_per_second: float) -> tuple[float, ...]:
        """Requests that the canary sees in each step."""
        seen = requests_per_second * self.interval_seconds / 100
        return tuple(seen * weight for weight in self.weights)

    def rate_to_prove_in_first_step(self, samples: int) -> float | None:
        """Total requests per second at which the first step alone has enough samples."""
        first = self.weights[0] / 100 * self.interval_seconds if self.weights else 0
        return samples / first if first else None

    def rate_to_prove_in_all(self, samples: int) -> float | None:
        """Total requests per second at which all steps together have enough samples."""
        whole = sum(self.weights) / 100 * self.interval_seconds
        return samples / whole if whole else None


def canary_steps(
    initial: float, *, increment: float, maximum: float, interval_seconds: float
) -> CanarySteps:
    """The steps from the first weight up to the last; the last is cut to the maximum."""
    weights = [min(initial, maximum)]
    while increment > 0 and weights[-1] < maximum:
        weights.append(min(weights[-1] + increment, maximum))
    steps = (maximum - initial) / increment if increment > 0 else 0.0
    return CanarySteps(
        weights=tuple(weights),
        interval_seconds=interval_seconds,
        lands_on_max=weights[-1] == maximum and math.isclose(steps, round(steps), abs_tol=1e-9),
    )

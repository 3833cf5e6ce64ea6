"""Whether a trace is kept, once it is whole: errors and slow ones first, never over the cap. Pure.

The cap is a bucket of tokens for each service, filled at the rate that the file allows. Half of it
is left to errors and slow requests: an outage is seen although every ordinary request is traced.
"""

from dataclasses import dataclass
from enum import StrEnum

from groundplan.design.sampling import MILLION, Strategy


class Why(StrEnum):
    """Why a trace is kept, or is not."""

    ERROR = "error"
    SLOW = "slow"
    SHARE = "share"
    NOT_CHOSEN = "not chosen"
    CAP = "over the cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is in a service's bucket, and when that was."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What decides: the trace's id, whether a span of it failed, its longest span."""

    trace_id: bytes
    is_error: bool
    is_slow: bool


def is_in_share(trace_id: bytes, share: float) -> bool:
    """Whether the id is one of those that a share of 0 to 1 chooses. Envoy's sampler can be given
    no other way to choose, and all have to agree: a trace is sent whole, or not."""
    return int.from_bytes(trace_id[:8], "little") % MILLION < round(share * MILLION)


def burst(strategy: Strategy) -> float:
    """How many traces may be kept at once."""
    return max(2.0, strategy.per_second)


def decide(
    trace: Trace, strategy: Strategy, level: Level | None, now: float
) -> tuple[bool, Why, Level]:
    """Whether it is kept and why, and what is left in the bucket afterwards.

    In any t seconds at most `burst + per_second * t` traces are kept.
    """
    most = burst(strategy)
    level = level or Level(tokens=most, at=now)
    passed = max(0.0, now - level.at)
    tokens = min(most, level.tokens + passed * strategy.per_second)
    at = max(level.at, now)
    why = _wish(trace, strategy.share)
    if why is Why.NOT_CHOSEN:
        return False, why, Level(tokens=tokens, at=at)
    reserve = most / 2 if why is Why.SHARE else 0.0
    if strategy.per_second <= 0 or tokens < 1 + reserve:
        return False, Why.CAP, Level(tokens=tokens, at=at)
    return True, why, Level(tokens=tokens - 1, at=at)


def _wish(trace: Trace, share: float) -> Why:
    if trace.is_error:
        return Why.ERROR
    if trace.is_slow:
        return Why.SLOW
    return Why.SHARE if is_in_share(trace.trace_id, share) else Why.NOT_CHOSEN

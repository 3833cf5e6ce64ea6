"""Verdicts that rest on figures nobody declared: they hold only if they hold over a whole range.

A default figure may be wrong by a factor of 2 either way. If that could turn the verdict around,
it is unknown, and the figures to declare are named.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from groundplan.checks.assumptions import Figure
from groundplan.promise.promise import Promise, Verdict

FACTOR = 2.0
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure and its range; `better` is the end that helps the promise. `say` is the key that
    ends the doubt, or what is missing in words."""

    likely: float
    better: float
    worse: float
    say: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with the likely value, and what would end the doubt when it is unknown."""

    verdict: Verdict
    value: float | None
    doubts: tuple[str, ...] = ()


def exactly(value: float) -> Spread:
    """A figure without a doubt."""
    return Spread(likely=value, better=value, worse=value)


def either_way(
    value: float, say: str, *, is_assumed: bool = True, more_is_worse: bool = True
) -> Spread:
    """A figure that may be half or twice as much, unless the file declares it."""
    if not is_assumed:
        return exactly(value)
    low, high = value / FACTOR, value * FACTOR
    better, worse = (low, high) if more_is_worse else (high, low)
    return Spread(likely=value, better=better, worse=worse, say=say)


def of_figure(figure: Figure, name: str, *, more_is_worse: bool = True) -> Spread:
    """The range of a figure of `assumptions`."""
    return either_way(
        figure.value,
        f"assumptions.{name}",
        is_assumed=bool(figure.assumed),
        more_is_worse=more_is_worse,
    )


def judge(
    promise: Promise, spreads: Mapping[str, Spread], value: Callable[[Values], float]
) -> Judgement:
    """Kept when it is kept with every figure at its worse end, broken when it is broken with every
    figure at its better end. `value` must grow worse with each of them."""
    likely = {name: spread.likely for name, spread in spreads.items()}
    best = value({name: spread.better for name, spread in spreads.items()})
    worst = value({name: spread.worse for name, spread in spreads.items()})
    seen = value(likely)
    shown = seen if math.isfinite(seen) else None
    if promise.verdict(worst) is Verdict.KEPT:
        return Judgement(verdict=Verdict.KEPT, value=shown)
    if promise.verdict(best) is Verdict.BROKEN:
        return Judgement(verdict=Verdict.BROKEN, value=shown)
    return Judgement(verdict=Verdict.UNKNOWN, value=shown, doubts=_doubts(promise, spreads, value))


def _doubts(
    promise: Promise, spreads: Mapping[str, Spread], value: Callable[[Values], float]
) -> tuple[str, ...]:
    """What turns the likely verdict around: each figure that does so alone, else the fewest that
    do so together."""
    likely = {name: spread.likely for name, spread in spreads.items()}
    is_kept = promise.verdict(value(likely)) is Verdict.KEPT
    ends = {name: each.worse if is_kept else each.better for name, each in spreads.items()}

    def turns(names: Iterable[str]) -> bool:
        moved = value({**likely, **{name: ends[name] for name in names}})
        return (promise.verdict(moved) is Verdict.KEPT) is not is_kept

    wide = [name for name, spread in spreads.items() if ends[name] != spread.likely]
    chosen = [name for name in wide if turns((name,))]
    if not chosen:
        chosen = wide
        for name in sorted(wide, key=lambda name: bool(spreads[name].say)):
            fewer = [other for other in chosen if other != name]
            chosen = fewer if turns(fewer) else chosen
    return tuple(dict.fromkeys(say for name in chosen if (say := spreads[name].say)))

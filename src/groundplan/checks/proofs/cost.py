"""Proofs of budgets: a month's estimate, at its smallest, as it usually is, and at its largest.

Kept when the largest month fits, broken when an ordinary one does not. What a line assumes may be
half or twice as much. A budget without `covers` is for what its name says: traffic, or the rest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal

from groundplan.checks.assumptions import Figures
from groundplan.checks.cost import CostLine, Scale, estimate, main_environment
from groundplan.checks.cost_rules.scope import Numbered, budgets, transfer
from groundplan.checks.proofs.proof import Argument, Proof, argument
from groundplan.checks.proofs.spread import FACTOR
from groundplan.checks.reading import listed
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Promise, Verdict
from groundplan.spec.cost import Cover

FACTOR_OF_LINES = Decimal(str(FACTOR))
EGRESS = "egress:internet"
UNPRICED: tuple[Cover, ...] = ("support", "licences")
SCALES = {
    Scale.MIN: "the smallest number of machines everywhere",
    Scale.NORMAL: "primary regions halfway between the smallest and the largest number",
    Scale.MAX: "the largest number of machines everywhere",
}


def budget(subject: Subject, promise: Promise) -> Proof:
    """One budget of the file."""
    told, every = argument(subject, promise), budgets(subject.platform)
    mine = next(each for each in every if f"{each.path}.limit" == promise.id)
    bills = {scale: tuple(_counted(subject, mine, scale)) for scale in Scale}
    usual, largest = bills[Scale.NORMAL], bills[Scale.MAX]
    told = _shown(told, usual)
    for scale, lines in bills.items():
        told = told.computed(f"a month at {scale}", f"${_sum(lines):,.0f}", SCALES[scale])
    rivals = [each for each in every if each != mine and covers(each) & covers(mine)]
    allowed = sum((each.budget.limit.amount for each in (mine, *rivals)), start=Decimal(0))
    unpriced = _unpriced(mine, largest)
    said = f"an ordinary month is ${_sum(usual):,.0f}, the largest ${_sum(largest):,.0f}"
    value = float(round(_sum(usual), 2))
    if _sum(usual, Decimal(1) / FACTOR_OF_LINES) > allowed:
        return told.ends(Verdict.BROKEN, value, said)
    if unpriced:
        said += f", and the price of {listed(unpriced)} is not known"
    elif _sum(largest, FACTOR_OF_LINES) <= mine.budget.limit.amount:
        return told.ends(Verdict.KEPT, value, said)
    elif rivals:
        said += "; several budgets are for the same: say covers"
    elif _sum(largest) > mine.budget.limit.amount:
        said += "; more may run than it allows"
    else:
        said += _assumptions(largest)
    return told.ends(Verdict.UNKNOWN, value, said)


def covers(each: Numbered) -> frozenset[Cover]:
    """What counts against a budget."""
    if each.budget.covers:
        return frozenset(each.budget.covers)
    return frozenset(("transfer",) if each.is_for_transfer else ("infrastructure",))


def _counted(subject: Subject, mine: Numbered, scale: Scale) -> Iterator[CostLine]:
    """The lines that count against a budget."""
    platform, facts, wanted = subject.platform, subject.facts, covers(mine)
    name = subject.source.environment
    has_own = bool(transfer(platform))
    for line in estimate(platform, facts, scale=scale, environment=name).lines:
        is_traffic, is_log = line.sku.startswith(EGRESS), line.component.startswith("log ")
        is_infrastructure = "infrastructure" in wanted and not (is_traffic and has_own)
        is_named = ("transfer" in wanted and is_traffic) or ("logs" in wanted and is_log)
        if is_infrastructure or is_named:
            yield line
    if "environments" in wanted and not name:
        main = main_environment(platform)
        for other in platform.environments:
            if other != main:
                yield from estimate(platform, facts, scale=scale, environment=other).lines


def _sum(lines: Iterable[CostLine], factor: Decimal = Decimal(1)) -> Decimal:
    """What has a price; lines that rest on an assumption times a factor."""
    prices = (line.usd * (factor if line.assumes else 1) for line in lines if line.usd is not None)
    return sum(prices, start=Decimal(0))


def _shown(told: Argument, lines: tuple[CostLine, ...]) -> Argument:
    """A line for each component, the largest first: regions differ by their prices alone."""
    names = dict.fromkeys(line.component for line in lines)
    keys = _keys(told.subject.figures)
    parts = {name: [line for line in lines if line.component == name] for name in names}
    for name, part in sorted(parts.items(), key=lambda item: -_sum(item[1])):
        first, regions = part[0], {line.region for line in part}
        told = told.written(name, f"in {_places(regions)}", first.path)
        for text in first.assumes:
            told = told.assumed(name, text.removeprefix("assuming "), keys.get(text, ""))
        if first.price:
            unit = f"${first.price.usd.normalize():f} a {first.price.unit}"
            told = told.known(f"{name}, in {first.region}", unit, first.price.fact)
        told = told.computed(f"{name}, a month", f"${_sum(part):,.0f}", "quantity x price")
    return told


def _keys(figures: Figures) -> dict[str, str]:
    """The key of each assumed figure, by its words."""
    names = (field.name for field in fields(figures))
    return {getattr(figures, name).assumed: f"assumptions.{name}" for name in names}


def _places(regions: set[str]) -> str:
    return next(iter(regions)) if len(regions) == 1 else f"{len(regions)} regions"


def _unpriced(mine: Numbered, lines: tuple[CostLine, ...]) -> tuple[str, ...]:
    unknown = dict.fromkeys(line.sku for line in lines if line.usd is None)
    return (*(name for name in UNPRICED if name in covers(mine)), *unknown)


def _assumptions(lines: tuple[CostLine, ...]) -> str:
    """What the largest month rests on."""
    texts = dict.fromkeys(text for line in lines for text in line.assumes)
    return f", {'; '.join(texts)} ({FACTOR:g} times more or less)" if texts else ""

"""All rules over one file: the built-in ones and the team's own, with the team's own facts."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from groundplan.checks.baseline import read as read_baseline
from groundplan.checks.catalogue import catalogue
from groundplan.checks.cost import Kind, Scale, estimate
from groundplan.checks.facts import Facts
from groundplan.checks.own_rules import own_rules
from groundplan.checks.rule import Rule
from groundplan.checks.run import Report, check
from groundplan.cli.subject import subject_of
from groundplan.spec.load import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A report with what it was made of. `usd` is the month's capacity at normal scale."""

    source: Source
    report: Report
    rules: tuple[Rule, ...]
    facts: Facts
    today: date
    usd: float
    unpriced: int  # lines of the estimate without a price: unknown, not zero


def audit(source: Source, *, baseline: Path | None = None) -> Audit:
    """Runs every rule. SpecError for a baseline, table or rule file that cannot be read."""
    subject = subject_of(source)
    rules = (*catalogue(), *own_rules(source.path))
    accepted = read_baseline(baseline) if baseline else frozenset()
    report = check(subject, rules, text=source.path.read_text(), baseline=accepted)
    costs = estimate(source.platform, subject.facts, scale=Scale.NORMAL)
    return Audit(
        source=source,
        report=report,
        rules=rules,
        facts=subject.facts,
        today=subject.today,
        usd=float(costs.of(Kind.CAPACITY)),
        unpriced=len(costs.unknown),
    )

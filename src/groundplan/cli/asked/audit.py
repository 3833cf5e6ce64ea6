"""All rules over one file: the built-in ones and the team's own, with the team's own facts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from groundplan.checks.baseline import read as read_baseline
from groundplan.checks.catalogue import catalogue
from groundplan.checks.facts import Facts
from groundplan.checks.own_rules import own_rules
from groundplan.checks.rule import Rule
from groundplan.checks.run import Report, check
from groundplan.cli.asked.month import Month, month
from groundplan.cli.asked.subject import subject_of
from groundplan.design.room import lacking
from groundplan.errors import Finding, Nature, Severity
from groundplan.spec.load import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A report with what it was made of."""

    source: Source
    report: Report
    rules: tuple[Rule, ...]
    facts: Facts
    today: date
    month: Month


def audit(source: Source, *, baseline: Path | None = None) -> Audit:
    """Runs every rule. SpecError for a baseline, table or rule file that cannot be read."""
    subject = subject_of(source)
    built_in = catalogue()
    rules = (*built_in, *own_rules(source.path, taken=[rule.id for rule in built_in]))
    accepted = read_baseline(baseline) if baseline else frozenset()
    report = check(subject, rules, text=source.text, baseline=accepted, others=_room(source))
    return Audit(
        source=source,
        report=report,
        rules=rules,
        facts=subject.facts,
        today=subject.today,
        month=month(subject),
    )


def _room(source: Source) -> Iterator[Finding]:
    """What this machine has no room for. The file may still be right: a cloud has more."""
    for finding in lacking(source):
        yield replace(finding, severity=Severity.LOW, nature=Nature.RISK)

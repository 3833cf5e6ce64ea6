"""Runs rules over a subject: every finding, what was set aside, and rules that broke."""

import hashlib
import traceback
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from groundplan.checks.ignores import Ignore, complaints, ignores
from groundplan.checks.kinds import Kind
from groundplan.checks.rule import Rule
from groundplan.checks.subject import Subject
from groundplan.design.findings import Rule as DesignKind
from groundplan.errors import Finding, Place, Severity

OTHERS = frozenset({*Kind, *DesignKind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A rule that broke: our bug, told with its id. The other rules ran."""

    rule: str
    error: str  # the exception in one line
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found. `findings` are in order: the worst first, then by place."""

    findings: tuple[Finding, ...]
    set_aside: tuple[Finding, ...] = ()  # by comments of the file
    in_baseline: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings of a severity."""
        return Counter(finding.severity for finding in self.findings)[severity]

    def has(self, at_least: Severity) -> bool:
        """Whether a finding is that bad or worse."""
        order = list(Severity)
        return any(order.index(f.severity) <= order.index(at_least) for f in self.findings)


def check(
    subject: Subject,
    rules: Iterable[Rule],
    *,
    text: str = "",
    baseline: Collection[str] = (),
    others: Iterable[Finding] = (),
) -> Report:
    """Runs all rules. `text` is the file's text, for its comments; `baseline` holds fingerprints
    of findings that are accepted for now; `others` are findings of no rule."""
    known = tuple(rules)
    found = list(others)
    crashes: list[Crash] = []
    for rule in known:
        try:
            found += rule.findings(subject)
        except (Exception, SystemExit) as error:  # must not hide what the others see
            crashes.append(
                Crash(rule=rule.id, error=repr(error), trace="".join(traceback.format_exc()))
            )
    comments = ignores(text, str(subject.source.path))
    valid = [comment for comment in comments if isinstance(comment, Ignore)]
    found += [comment for comment in comments if isinstance(comment, Finding)]
    found += complaints(valid, {rule.id for rule in known} | OTHERS, subject.today)
    aside = [f for f in found if any(ignore.covers(f, subject.today) for ignore in valid)]
    old = [f for f in found if f not in aside and fingerprint(f) in baseline]
    return Report(
        findings=_in_order(f for f in found if f not in aside and f not in old),
        set_aside=_in_order(aside),
        in_baseline=_in_order(old),
        crashes=tuple(crashes),
    )


def fingerprint(finding: Finding) -> str:
    """What identifies a finding over time: its rule and keys, not its lines or numbers."""
    return hashlib.sha256(f"{finding.rule}\n{finding.path}".encode()).hexdigest()[:16]


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    order = list(Severity)
    nowhere = Place("", 0, 0)
    return tuple(
        sorted(findings, key=lambda f: (order.index(f.severity), f.place or nowhere, f.rule))
    )

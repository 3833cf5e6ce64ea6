"""What a change of the file made better or worse: two reports, compared by fingerprint."""

from dataclasses import dataclass

from groundplan.checks.run import Report, fingerprint
from groundplan.errors import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`worse` is new, `better` is gone, `same` stays."""

    worse: tuple[Finding, ...]
    better: tuple[Finding, ...]
    same: tuple[Finding, ...]


def compare(old: Report, new: Report) -> Change:
    """The difference between two reports. A finding that moved or changed its numbers stays."""
    before = {fingerprint(finding) for finding in old.findings}
    after = {fingerprint(finding) for finding in new.findings}
    return Change(
        worse=tuple(f for f in new.findings if fingerprint(f) not in before),
        better=tuple(f for f in old.findings if fingerprint(f) not in after),
        same=tuple(f for f in new.findings if fingerprint(f) in before),
    )

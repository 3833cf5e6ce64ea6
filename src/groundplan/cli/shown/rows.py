"""Findings for programs: the shape of `check -o json`, which scripts rely on."""

from collections.abc import Iterable
from typing import Any

from groundplan.checks.run import Crash
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.errors import Finding, Place, Severity


def as_data(
    valid: bool, findings: Iterable[Finding], crashes: Iterable[Crash] = ()
) -> dict[str, Any]:
    """The shape of `check -o json`. `crashes`: rules that broke, so that they found nothing."""
    rows = [_row(finding) for finding in findings]
    count = {severity.value: 0 for severity in Severity}
    for row in rows:
        count[row["severity"]] += 1
    return {
        "format_version": FORMAT_VERSION,
        "valid": valid,
        "findings": rows,
        "crashes": [{"rule": crash.rule, "error": crash.error} for crash in crashes],
        "summary": {"findings": len(rows), **count},
    }


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.nature.value if finding.nature else "broken",
        "message": finding.message,
        "why": finding.why,
        "try": finding.try_,
        "path": finding.path,
        "range": _range(finding.place) if finding.place else None,
        "related": [_range(place) for place in finding.related],
        "source": finding.source or None,
        "assumes": list(finding.assumes),
        "facts": list(finding.facts),
    }


def _range(place: Place) -> dict[str, Any]:
    """The end is the first position that is no longer part of it, as editors count."""
    line, column = place.end or (place.line, place.column)
    return {
        "file": place.file,
        "start": {"line": place.line, "column": place.column},
        "end": {"line": line, "column": column},
    }

"""Findings as SARIF 2.1.0, for code scanning. Both places of a conflict are in each result."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from groundplan.checks.rule import Rule
from groundplan.checks.run import Report, fingerprint
from groundplan.errors import Finding, Place, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MARK = "groundplan/v1"
Uri = Callable[[str], str]
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
# GitHub orders by this figure, from 0.0 to 10.0.
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}


def sarif(report: Report, rules: Iterable[Rule], *, version: str, root: Path) -> dict[str, Any]:
    """The whole log. Paths are relative to `root`, the repository's folder."""
    known = tuple(rules)
    index = {rule.id: number for number, rule in enumerate(known)}
    shown = [(finding, "") for finding in report.findings]
    shown += [(finding, "inSource") for finding in report.set_aside]
    shown += [(finding, "external") for finding in report.in_baseline]
    uri = cache(partial(_uri, root=root.resolve()))  # the same few files again and again
    results = [_result(finding, aside, index, uri) for finding, aside in shown]
    _number(results)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "groundplan",
                        "semanticVersion": version,
                        "rules": [_rule(rule) for rule in known],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report)],
                "results": results,
            }
        ],
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Whether every rule ran. One that broke found nothing, which is not the same as fine."""
    return {
        "executionSuccessful": not report.crashes,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": f"rule {crash.rule} broke: {crash.error}"},
                "associatedRule": {"id": crash.rule},
            }
            for crash in report.crashes
        ],
    }


def _number(results: Iterable[dict[str, Any]]) -> None:
    """Tells results of one rule and key apart, as code scanning does: "5ab1:1", "5ab1:2"."""
    seen: Counter[str] = Counter()
    for result in results:
        mark = result["partialFingerprints"][MARK]
        seen[mark] += 1
        result["partialFingerprints"][MARK] = f"{mark}:{seen[mark]}"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.statement}\n{rule.why}\nSource: {rule.source}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": [rule.nature.value],
            "security-severity": _SECURITY_SEVERITY[rule.severity],
        },
    }


def _result(finding: Finding, aside: str, index: dict[str, int], uri: Uri) -> dict[str, Any]:
    text = f"{finding.message}. {finding.why}. Try: {finding.try_}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(finding.place, uri)] if finding.place else [],
        "partialFingerprints": {MARK: fingerprint(finding)},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": "the other place"}, **_location(place, uri)}
            for number, place in enumerate(finding.related)
        ]
    if aside:
        result["suppressions"] = [{"kind": aside}]
    return result


def _location(place: Place, uri: Uri) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    if place.end:
        region |= {"endLine": place.end[0], "endColumn": place.end[1]}
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri(place.file)}, "region": region},
    }


def _uri(file: str, root: Path) -> str:
    path = Path(file).resolve()
    return quote(path.relative_to(root).as_posix()) if path.is_relative_to(root) else path.as_uri()

"""A baseline: findings that a team accepts for now, so that only new ones stop a change."""

import json
from collections.abc import Iterable
from pathlib import Path

from groundplan.checks.kinds import Kind
from groundplan.checks.run import fingerprint
from groundplan.errors import Finding, Place, SpecError

FORMAT = "1.0"


def read(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline file; SpecError when it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return frozenset(str(entry["fingerprint"]) for entry in content["findings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            [
                Finding(
                    rule=Kind.WRONG_BASELINE,
                    message=f"the baseline cannot be read: {error}",
                    why="without it every accepted finding would count as new, or none would",
                    try_="write it anew with `groundplan check --write-baseline FILE`",
                    place=Place(str(path), 1, 1),
                )
            ]
        ) from error


def written(findings: Iterable[Finding]) -> str:
    """The text of a baseline file: fingerprints to match, rules and keys to read."""
    entries = [
        {"fingerprint": fingerprint(finding), "rule": finding.rule, "path": finding.path}
        for finding in findings
    ]
    unique = sorted({entry["fingerprint"]: entry for entry in entries}.items())
    content = {"format_version": FORMAT, "findings": [entry for _, entry in unique]}
    return json.dumps(content, indent=2) + "\n"

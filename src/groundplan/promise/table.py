"""The table of promises as JSON: what `groundplan promises -o json` prints and the agent serves.

The shape only grows; `format_version` changes its first number when something goes.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from groundplan.promise.promise import Bound, Evidence, EvidenceKind, Promise, Verdict
from groundplan.promise.standing import Standing

FORMAT_VERSION = "1.0"
_KEYS = ("verdict", "value", "at", "how", "because", "samples", "lasts_seconds")


def to_json(standings: Iterable[Standing]) -> dict[str, Any]:
    """The table, ready for `json.dumps`."""
    return {"format_version": FORMAT_VERSION, "promises": [_row(row) for row in standings]}


def from_json(table: dict[str, Any]) -> tuple[Standing, ...]:
    """The rows that `to_json` wrote; KeyError or ValueError for anything else."""
    if str(table["format_version"]).split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise ValueError(f"a table of format {table['format_version']}, not {FORMAT_VERSION}")
    return tuple(_standing(row) for row in table["promises"])


def _row(row: Standing) -> dict[str, Any]:
    evidence = {kind.value: _cell(getattr(row, kind.value)) for kind in EvidenceKind}
    return {**asdict(row.promise), **evidence, "verdict": row.verdict}


def _cell(evidence: Evidence | None) -> dict[str, Any]:
    """Every key, also where there is no evidence: then `at` is null and the verdict unknown."""
    if evidence is None:
        empty = {"verdict": Verdict.UNKNOWN, "how": "", "because": "", "samples": 0}
        return dict.fromkeys(_KEYS) | empty
    cell = {key: getattr(evidence, key) for key in _KEYS}
    at = datetime.fromtimestamp(evidence.at, UTC).isoformat(timespec="seconds")
    return cell | {"at": at.replace("+00:00", "Z")}


def _standing(row: dict[str, Any]) -> Standing:
    fields = {name: row[name] for name in Promise.__slots__}
    promise = Promise(**fields | {"bound": Bound(row["bound"])})
    cells = {kind.value: _evidence(promise, kind, row[kind.value]) for kind in EvidenceKind}
    return Standing(promise=promise, **cells)


def _evidence(promise: Promise, kind: EvidenceKind, cell: dict[str, Any]) -> Evidence | None:
    if cell["at"] is None:
        return None
    fields = {key: cell[key] for key in _KEYS}
    fields |= {
        "verdict": Verdict(cell["verdict"]),
        "at": datetime.fromisoformat(cell["at"]).timestamp(),
    }
    return Evidence(promise=promise.id, kind=kind, **fields)

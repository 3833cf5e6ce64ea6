"""A rule or a proof, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from groundplan.checks.numbers.derivation import Assumed, Computed, Known, Line, Origin, Written
from groundplan.checks.proofs.proof import Proof
from groundplan.checks.rule import Rule
from groundplan.cli.asked.kinds import Kind
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import amount, printable
from groundplan.promise.promise import Verdict

TONES = {Verdict.KEPT: Tone.GOOD, Verdict.BROKEN: Tone.BAD, Verdict.UNKNOWN: Tone.UNSURE}
Explained = Kind | Rule | Proof


def listed(rules: Sequence[Kind | Rule], screen: Screen) -> str:
    """Every rule, a line each."""
    rows = [(Cell(rule.id, Tone.STRONG), printable(rule.statement)) for rule in rules]
    return table(rows, screen, indent=0)


def as_text(found: Explained, screen: Screen) -> str:
    """One of them in full."""
    match found:
        case Proof():
            return _proof(found, screen)
        case Rule():
            title = screen.paint(found.id, Tone.STRONG)
            lines = (
                f"{title}  {found.severity}, {found.nature}",
                f"  {printable(found.statement)}",
                f"  why     {printable(found.why)}",
                f"  source  {printable(found.source)}",
            )
            return "\n".join(lines)
    title = screen.paint(f"{found.id}  {found.name}", Tone.STRONG)
    return f"{title}\n  {found.statement}"


def _proof(proof: Proof, screen: Screen) -> str:
    """The promise, its verdict, and the derivation: what, how much, where that comes from."""
    promise = proof.promise
    place = f"{promise.file}:{promise.line}:{promise.column}"
    rows: list[Row] = [
        (printable(line.label), Cell(printable(line.value_text), Tone.STRONG), _origin(line))
        for line in proof.derivation.lines
    ]
    verdict = screen.paint(proof.verdict.value, TONES[proof.verdict])
    value = "" if proof.value is None else f" {amount(proof.value, promise.unit)}"
    return "\n".join(
        (
            f"{screen.paint(place, Tone.STRONG)}  {printable(promise.statement)}",
            "",
            table(rows, screen),
            "",
            f"proven {verdict}{value}: {printable(proof.derivation.result)}",
        )
    )


def _origin(line: Line) -> Cell:
    text = f"= {line.origin}" if isinstance(line.origin, Computed) else str(line.origin)
    return Cell(printable(text), Tone.FAINT)


def in_json(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The shape of `explain -o json`."""
    return {"format_version": FORMAT_VERSION, "explained": list(found)}


def as_data(found: Explained) -> dict[str, Any]:
    """One of them; `kind` says which."""
    if isinstance(found, Proof):
        return _proof_data(found)
    data = {"kind": "rule", "id": found.id, "statement": printable(found.statement)}
    if isinstance(found, Rule):
        data |= {"severity": found.severity, "verdict": found.nature}
        data |= {"why": found.why, "source": found.source}
    return data


def _proof_data(proof: Proof) -> dict[str, Any]:
    promise, derivation = proof.promise, proof.derivation
    names = ("id", "section", "statement", "target", "limit", "bound", "unit")
    return {
        "kind": "promise",
        **{name: getattr(promise, name) for name in names},
        **{name: getattr(promise, name) for name in ("file", "line", "column")},
        "verdict": proof.verdict,
        "value": proof.value,
        "because": derivation.result,
        "derivation": [
            {"label": line.label, "value": line.value_text, "origin": _origin_data(line.origin)}
            for line in derivation.lines
        ],
    }


def _origin_data(origin: Origin) -> dict[str, Any]:
    match origin:
        case Written(path=path, place=place):
            at = {"file": place.file, "line": place.line, "column": place.column}
            return {"kind": "file", "path": path, **at}
        case Known(fact=fact):
            return {
                "kind": "table",
                "table": fact.table,
                "row": fact.key,
                "as_of": fact.as_of.isoformat(),
                "confidence": fact.confidence,
                "source": fact.source,
            }
        case Assumed(key=key):
            return {"kind": "assumed", "say": key or None}
        case Computed(formula=formula):
            return {"kind": "computed", "formula": formula}

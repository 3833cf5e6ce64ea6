"""How promises stand, for people. What is unknown never looks kept."""

from collections import Counter
from collections.abc import Sequence

from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import amount, counted
from groundplan.promise.promise import Evidence, Verdict
from groundplan.promise.standing import Standing

_TONES = {Verdict.KEPT: Tone.GOOD, Verdict.BROKEN: Tone.BAD, Verdict.UNKNOWN: Tone.UNSURE}
_HEAD = ("promise", "target", "proven", "simulated", "measured", "verdict")


def as_text(standings: Sequence[Standing], screen: Screen) -> str:
    """One table, then what is broken and why, then the sum."""
    if not standings:
        return "The file makes no promises."
    rows: list[Row] = [[Cell(word, Tone.FAINT) for word in _HEAD], *map(_row, standings)]
    count = Counter(each.verdict for each in standings)
    total = ", ".join(
        screen.paint(f"{count[verdict]} {verdict.value}", _TONES[verdict])
        for verdict in (Verdict.KEPT, Verdict.BROKEN, Verdict.UNKNOWN)
        if count[verdict]
    )
    told = [each for each in standings if screen.verbose or each.verdict is Verdict.BROKEN]
    return "\n\n".join(
        (
            table(rows, screen, indent=0),
            *(_reasons(each, screen) for each in told),
            f"{counted(len(standings), 'promise')}: {total}.",
        )
    )


def _row(each: Standing) -> Row:
    unit = each.promise.unit
    found = (each.proven, each.simulated, each.measured)
    verdict = Cell(each.verdict.value, _TONES[each.verdict])
    return (each.promise.id, each.promise.target, *(_cell(e, unit) for e in found), verdict)


def _cell(evidence: Evidence | None, unit: str) -> Cell:
    if evidence is None:
        return Cell("-", Tone.FAINT)
    has_number = evidence.value is not None and evidence.verdict is not Verdict.UNKNOWN
    shown = amount(evidence.value or 0, unit) if has_number else evidence.verdict.value
    return Cell(shown, _TONES[evidence.verdict])


def _reasons(each: Standing, screen: Screen) -> str:
    """The promise in words, its place, and what each kind of evidence says."""
    promise = each.promise
    place = f"{promise.file}:{promise.line}:{promise.column}"
    lines = [f"{screen.paint(place, Tone.STRONG)}  {promise.statement}"]
    for evidence in (each.proven, each.simulated, each.measured):
        if evidence is not None:
            word = screen.paint(evidence.verdict.value, _TONES[evidence.verdict])
            value = "" if evidence.value is None else f" {amount(evidence.value, promise.unit)}"
            why = f": {evidence.because}" if evidence.because else ""
            lines.append(f"  {evidence.kind.value} {word}{value}{why} [{evidence.how}]")
    return "\n".join(lines)

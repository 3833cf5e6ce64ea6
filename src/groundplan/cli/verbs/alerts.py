"""`groundplan alerts`: what is pending, what fires, and whether anybody would be told."""

import json
from collections.abc import Sequence
from typing import Any

import click

from groundplan.agent.sampling.budgets import Alert, alerts
from groundplan.agent.sampling.seen import Away
from groundplan.cli.asked.options import (
    FORMAT_VERSION,
    Verb,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import printable

_HEAD = ("alert", "region", "state", "severity", "since", "what")
_ORDER = {"page": 0, "ticket": 1}


@click.command(
    "alerts",
    cls=Verb,
    examples=(
        ("groundplan alerts", "pages first; nothing when nothing is wrong"),
        ("groundplan alerts || call-somebody", "exit 1 when a page fires or nobody would be told"),
        ("groundplan alerts -o json | jq '.alerts[].runbook'", "for a program"),
    ),
)
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(session: Session, /, file: str | None, environment: str | None, output: str) -> Exit:
    """Show the alerts of every region.

    Each region watches itself. One alert of each always fires; where it does not arrive at the
    region's Alertmanager, nobody would be told of another. Exits 1 then, and when a page fires.
    """
    platform = chosen(session, file, environment)
    design = platform.wanted()
    if design is None:
        session.screen.note(f"note: {platform} is not built here, so nothing is watched")
        return Exit.FINE
    found, away = alerts(design)
    found = tuple(sorted(found, key=lambda each: (_ORDER.get(each.severity, 2), each.since)))
    if output == "json":
        session.screen.data(json.dumps(_as_json(found, away), indent=1))
    else:
        session.screen.data(_as_text(found, session.screen))
        for each in away:
            session.screen.data(session.screen.paint(f"{each.name}: {each.why}", Tone.BAD))
    has_page = any(each.severity == "page" and each.state == "firing" for each in found)
    return Exit.BROKEN if has_page or away else Exit.FINE


def _as_text(found: Sequence[Alert], screen: Screen) -> str:
    if not found:
        return "No alert fires."
    rows: list[Row] = [[Cell(word, Tone.FAINT) for word in _HEAD], *map(_row, found)]
    books = sorted({each.runbook for each in found if each.runbook})
    return "\n\n".join((table(rows, screen, indent=0), *(f"what to do: {b}" for b in books)))


def _row(each: Alert) -> Row:
    is_page = each.severity == "page" and each.state == "firing"
    return (
        each.name,
        each.region,
        Cell(each.state, Tone.BAD if is_page else Tone.UNSURE),
        each.severity,
        each.since[:19],
        printable(each.summary),
    )


def _as_json(found: Sequence[Alert], away: Sequence[Away]) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "alerts": [
            {
                "name": each.name,
                "region": each.region,
                "state": each.state,
                "severity": each.severity,
                "since": each.since,
                "labels": dict(each.labels),
                "summary": each.summary,
                "runbook": each.runbook,
            }
            for each in found
        ],
        "away": [{"name": each.name, "why": each.why} for each in away],
    }

"""`groundplan journal`: who did what to the platform, when, why, and what came of it."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from groundplan.agent.journal import Chained, JournalFile, Verified
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
from groundplan.cli.terminal.table import Row, table
from groundplan.cli.terminal.words import counted, printable
from groundplan.ports.folder import JOURNAL


@click.command(
    "journal",
    cls=Verb,
    examples=(
        ("groundplan journal", "the last 50 entries, the newest at the end"),
        ("groundplan journal --verify", "whether anything in it was changed; exit 1 if so"),
        ("groundplan journal --limit 1000 -o json", "for a program"),
    ),
)
@file_argument
@environment_option
@click.option("--verify", is_flag=True, help="Look at the whole chain for anything changed.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=50,
    help="How many entries from the end.  [default: 50]",
)
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    environment: str | None,
    *,
    verify: bool,
    limit: int,
    output: str,
) -> Exit:
    """Show who did what to the platform, why, when, and what came of it.

    It needs no agent. Each entry's hash builds on the one before it: --verify names those that
    were edited, deleted, added or moved. Write the head that it prints down elsewhere, and you can
    also tell later that nobody wrote the whole journal anew.
    """
    folder = chosen(session, file, environment).target.folder
    entries, verified = _read(folder, limit, verify=verify)
    if output == "json":
        session.screen.data(json.dumps(_as_json(entries, verified), indent=1))
    else:
        _show(entries, verified, session.screen)
    return Exit.BROKEN if verified and verified.problems else Exit.FINE


def _read(folder: Path, limit: int, *, verify: bool) -> tuple[tuple[Chained, ...], Verified | None]:
    if not (folder / JOURNAL).exists():
        return (), None
    with JournalFile(folder, read_only=True) as journal:
        return journal.newest(limit), journal.verify() if verify else None


def _show(entries: tuple[Chained, ...], verified: Verified | None, screen: Screen) -> None:
    if not entries and verified is None:
        screen.data("Nothing was done here yet.")
        return
    if entries:
        screen.data(table([_row(chained) for chained in entries], screen, indent=0))
    if verified is None:
        return
    for problem in verified.problems:
        screen.data(screen.paint(f"broken: {problem}", Tone.BAD))
    if not verified.problems:
        whole = f"{counted(verified.entries, 'entry').replace('entrys', 'entries')}, none changed"
        screen.data(f"{screen.paint(whole, Tone.GOOD)}; the head is {verified.head}")


def _row(chained: Chained) -> Row:
    entry = chained.entry
    at = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    why = f" (why: {printable(entry.why)})" if entry.why else ""
    return (at, entry.who, entry.operation, str(entry.event), f"{printable(entry.what)}{why}")


def _as_json(entries: tuple[Chained, ...], verified: Verified | None) -> dict[str, Any]:
    listed = [{"number": each.number, "hash": each.hash, **asdict(each.entry)} for each in entries]
    shown: dict[str, Any] = {"format_version": FORMAT_VERSION, "entries": listed}
    if verified is not None:
        shown["verified"] = {"is_whole": not verified.problems, **asdict(verified)}
    return shown

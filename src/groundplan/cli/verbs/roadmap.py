"""`groundplan roadmap`: the timeline of the file, and how far each of its items is."""

import json
from collections import Counter
from dataclasses import asdict
from itertools import groupby

import click

from groundplan.cli.asked.options import Verb, environment_option, file_argument, output_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, table
from groundplan.cli.terminal.words import counted
from groundplan.cli.verbs.promises import standings
from groundplan.design.roadmap import Item, Stage, roadmap

FORMAT = "1.0"
TONES = {
    Stage.KEPT: Tone.GOOD,
    Stage.BUILT: Tone.UNSURE,
    Stage.WRITTEN: Tone.UNSURE,
    Stage.UNTOLD: Tone.FAINT,
    Stage.OPEN: Tone.BAD,
    Stage.BROKEN: Tone.BAD,
}


@click.command(
    "roadmap",
    cls=Verb,
    examples=(
        ("groundplan roadmap", "each phase, each item, and how far it is"),
        ("groundplan roadmap -o json | jq '.items[].stage'", "for a program"),
    ),
)
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(session: Session, /, file: str | None, environment: str | None, output: str) -> Exit:
    """Show the file's timeline, and how far each item is: open, written, built or kept.

    The words of an item say which sections of the file and which promises it is about. It is kept
    when it is built here and the ledger has a measurement for each of those promises. Exits 1 when
    one of them is broken.
    """
    platform = chosen(session, file, environment)
    source = platform.source or read(session, file, environment)
    found = roadmap(
        source.platform,
        standings(session, file, environment),
        is_built=platform.built is not None,
    )
    if output == "json":
        items = [asdict(item) for item in found]
        session.screen.data(json.dumps({"format_version": FORMAT, "items": items}, indent=1))
    else:
        session.screen.data(_as_text(found, session.screen))
    is_broken = any(item.stage is Stage.BROKEN for item in found)
    return Exit.BROKEN if is_broken else Exit.FINE


def _as_text(items: tuple[Item, ...], screen: Screen) -> str:
    if not items:
        return "The file has no implementation_timeline, and makes no promises."
    blocks = []
    for (phase, months), group in groupby(items, key=lambda item: (item.phase, item.months)):
        name = phase or "What the file promises"
        head = screen.paint(f"{name} (months {months})" if months else name, Tone.STRONG)
        rows = [
            [Cell(item.task), Cell(item.stage.value, TONES[item.stage]), Cell(item.because)]
            for item in group
        ]
        blocks.append(f"{head}\n{table(rows, screen, indent=2)}")
    count = Counter(item.stage for item in items)
    total = ", ".join(
        screen.paint(f"{count[stage]} {stage.value}", TONES[stage])
        for stage in (*TONES,)
        if count[stage]
    )
    return "\n\n".join((*blocks, f"{counted(len(items), 'item')}: {total}."))

"""`groundplan rollout`: the releases of this platform, what they do and why."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from groundplan.agent.catalogue import looks, releasing
from groundplan.agent.catalogue.shipped import shipped
from groundplan.agent.door import asking
from groundplan.agent.performing.operation import Operation, Progress, all_as_json, as_json
from groundplan.cli.asked.account import who_types
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    Word,
    action_argument,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import ending, followed, newest, performed, tell_end, told
from groundplan.cli.shown.figures import shown
from groundplan.cli.shown.replay import shown as shown_anew
from groundplan.cli.terminal.table import Row, table
from groundplan.cli.terminal.words import printable
from groundplan.operations.delivery.figures import figures
from groundplan.operations.delivery.phases import Phase
from groundplan.ports.journal import Json, Signal

WORDS = ("pause", "resume", "approve", "promote", "abort")
ACTIONS = ("list", "show", "why", "follow", *WORDS, "undo", "figures", "replay")
KIND = "release"
_FIGURES = (
    "where",
    "gate",
    "requests",
    "bad",
    "stable_requests",
    "stable_bad",
    "worse_than_allowed",
    "worse_than_stable",
    "better_than_allowed",
)


@click.command(
    "rollout",
    cls=Verb,
    examples=(
        ("groundplan rollout", "the newest releases"),
        ("groundplan rollout why", "what the judge has heard, and what it makes of it"),
        ("groundplan rollout pause", "no further step; it stays watched"),
        ('groundplan rollout promote --why "quiet night"', "the next step now, by your word"),
        ("groundplan rollout undo", "stable for everybody: abort it, or go back"),
        ("groundplan rollout replay", "decide it anew from what it saw: it has to come out alike"),
        ("groundplan rollout figures --days 90", "DORA: frequency, lead time, failures, restored"),
    ),
)
@action_argument(ACTIONS)
@click.argument(
    "release",
    cls=Word,
    told="Its name.  [default: the one that goes on, else the newest]",
    required=False,
)
@file_argument
@click.option(
    "--days",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    help="Which figures count.  [default: 30]",
)
@why_option
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    action: str,
    release: str | None,
    file: str | None,
    *,
    days: float,
    why: str,
    environment: str | None,
    output: str,
) -> Exit:
    """See how releases go, and why; pause, resume, approve, promote, abort or undo one."""
    folder = chosen(session, file, environment).target.folder
    if action == "figures":
        counted = figures(shipped(folder), now=time.time(), days=days)
        session.screen.data(shown(counted, session.screen, output))
        return Exit.FINE
    if action == "replay":
        return _replayed(session, folder, release, output)
    listed = tuple(each for each in newest(session, folder) if each.kind == KIND)
    if action == "list":
        session.screen.data(_listed(session, listed, output))
        return Exit.FINE
    found = _meant(listed, release)
    if action == "follow":
        return tell_end(session, followed(session, folder, found.id), output)
    if action == "undo" and _has_everybody(folder, found):
        asking.tell(folder, found.id, Signal(name=action, who=who_types(), why=why))
        found = followed(session, folder, found.id).operation
    if action == "undo" and found.ended is not None:
        back = asdict(releasing.way_back(folder))
        reason = why or f"undo {found.id}"
        return tell_end(session, performed(session, folder, KIND, back, why=reason), output)
    if action in (*WORDS, "undo"):
        asking.tell(folder, found.id, Signal(name=action, who=who_types(), why=why))
        session.screen.note(f"{found.id} is told: {action}.")
        return Exit.FINE
    session.screen.data(_shown(session, asking.progress(folder, found.id), action, output))
    return Exit.FINE


def _replayed(session: Session, folder: Path, name: str | None, output: str) -> Exit:
    """Without the agent, and also while the release goes on: as far as it got."""
    known = looks.named(folder, name)
    if not known or (name is not None and len(known) > 1 and name not in known):
        kept = ", ".join(looks.named(folder, None)[:10]) or "there was none"
        wrong = f"'{name}' names {len(known)} releases" if name else "nothing was released here yet"
        raise Mistake(wrong, try_=f"one of: {kept}")
    record = looks.read(folder, name if name in known else known[0])
    found = looks.anew(record)
    session.screen.data(shown_anew(record, found, session.screen, output))
    return Exit.FINE if found is None else Exit.BROKEN


def _has_everybody(folder: Path, found: Operation) -> bool:
    """Whether it only waits until it may contract the schema: it ends, and is undone then."""
    lines = asking.progress(folder, found.id).lines
    return found.ended is None and bool(lines) and lines[-1].message == Phase.CONTRACTING


def _shown(session: Session, progress: Progress, action: str, output: str) -> str:
    if output == "json":
        return json.dumps(as_json(progress), indent=1)
    if action == "why":
        return _why(session, progress)
    return "\n".join((*told(progress), ending(progress.operation, session.screen)))


def _meant(listed: tuple[Operation, ...], word: str | None) -> Operation:
    """By its name or the beginning of it; else the one that goes on, else the newest."""
    if word is not None:
        fitting = [each for each in listed if each.id.startswith(word)]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(each.id for each in fitting or listed) or "there was none"
        raise Mistake(f"'{word}' names {len(fitting)} releases", try_=f"one of: {known}")
    going = [each for each in listed if each.ended is None]
    if not listed:
        raise Mistake("nothing was released here lately", try_="groundplan release")
    return max(going or listed, key=lambda each: each.began)


def _listed(session: Session, listed: tuple[Operation, ...], output: str) -> str:
    if output == "json":
        return json.dumps(all_as_json(listed), indent=1)
    if not listed:
        return "Nothing was released here lately."
    rows: list[Row] = [
        (
            each.id,
            str(each.arguments.get("service", "")),
            str(each.arguments.get("version", "")),
            str(each.state),
            each.who,
            printable(each.summary),
        )
        for each in listed
    ]
    head = ("release", "service", "version", "state", "who", "summary")
    return table([head, *rows], session.screen, indent=0)


def _why(session: Session, progress: Progress) -> str:
    """The last reason, and the judge's figures once it has ended."""
    facts, lines = progress.operation.facts, progress.lines
    last = [printable(str(line)) for line in lines[-3:]]
    if facts.get("holds") and progress.operation.ended is None:
        last.append(printable(f"holds: {facts['holds']}"))
    readings = facts.get("readings")
    if not isinstance(readings, list) or not readings:
        return "\n".join((*last, ending(progress.operation, session.screen)))
    rows: list[Row] = [[name.replace("_", " ") for name in _FIGURES]]
    for reading in readings:
        if isinstance(reading, dict):
            values = (reading.get(name) for name in _FIGURES)
            rows.append(["-" if value is None else str(value) for value in values])
    shown = table(rows, session.screen, indent=0)
    return "\n".join((*last, shown, *_doubled(facts), ending(progress.operation, session.screen)))


def _doubled(facts: Mapping[str, Json]) -> tuple[str, ...]:
    """Once it has ended: how many writes reached a replica twice."""
    writes = facts.get("writes")
    if not isinstance(writes, dict) or not writes.get("with_key"):
        return ()
    known = f"{writes['doubled']} of {writes['with_key']} writes with an idempotency key"
    return (f"{known} reached a replica twice",)

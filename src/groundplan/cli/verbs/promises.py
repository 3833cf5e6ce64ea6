"""`groundplan promises`: the ledger as a table."""

import json

import click
import yaml

from groundplan.agent.door.client import promises
from groundplan.cli.asked.options import Verb, environment_option, file_argument, output_option
from groundplan.cli.asked.proven import proven
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.shown.standings import as_text
from groundplan.design.build import build
from groundplan.operations.observe.openslo import documents
from groundplan.promise.promise import Verdict
from groundplan.promise.standing import Standing
from groundplan.promise.table import to_json


@click.command(
    "promises",
    cls=Verb,
    examples=(
        ("groundplan promises", "target, proven, simulated, measured, verdict"),
        ("groundplan promises -v", "the same, and where each number comes from"),
        ("groundplan promises -o openslo", "those counted in requests, as OpenSLO documents"),
        ("groundplan promises -o json | jq '.promises[].verdict'", "for a program"),
    ),
)
@file_argument
@environment_option
@output_option("json", "openslo")
@click.pass_obj
def verb(session: Session, /, file: str | None, environment: str | None, output: str) -> Exit:
    """Show every promise of the file with its evidence.

    Proven is what arithmetic on the file says (`groundplan explain PROMISE` shows it). What nobody
    has measured yet is unknown, which is not kept. Exits 1 when a promise is broken.
    """
    if output == "openslo":
        session.screen.data(_openslo(session, file, environment))
        return Exit.FINE
    found = standings(session, file, environment)
    if output == "json":
        session.screen.data(json.dumps(to_json(found), indent=1))
    else:
        session.screen.data(as_text(found, session.screen))
    is_broken = any(each.verdict is Verdict.BROKEN for each in found)
    return Exit.BROKEN if is_broken else Exit.FINE


def _openslo(session: Session, file: str | None, environment: str | None) -> str:
    """What the file says now, whatever runs."""
    design = build(read(session, file, environment))
    return yaml.safe_dump_all(documents(design), sort_keys=False, allow_unicode=True, width=100)


def standings(session: Session, file: str | None, environment: str | None) -> tuple[Standing, ...]:
    """What the agent or its ledger says, and what the file proves now; before the first `up`, the
    promises of the file."""
    platform = chosen(session, file, environment)
    if platform.built is None:
        session.screen.note(f"note: {platform} is not built here, so nothing was measured\n")
        source = platform.source or read(session, file, environment)
        written = tuple(Standing(promise=promise) for promise in build(source).promises)
        return proven(session, source, written)
    answer = promises(platform.target.folder)
    if not answer.is_live:
        session.screen.note(f"note: {answer.because}\n")
    return proven(session, platform.source, answer.standings)

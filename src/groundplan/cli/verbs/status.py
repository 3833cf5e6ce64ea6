"""`groundplan status`: what runs, where, and whether it is healthy."""

import time
from pathlib import Path

import click

from groundplan.agent.door import client
from groundplan.cli.asked.options import Verb, environment_option, file_argument, output_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.shown.health import Health, as_json, as_text, with_missing
from groundplan.operations.observe.sinks.standing import read
from groundplan.ports.records import COLLECTOR


@click.command(
    "status",
    cls=Verb,
    examples=(
        ("groundplan status", "a table by region; the first line tells the overall truth"),
        ("groundplan status || page-somebody", "exit 1 when anything is not healthy"),
        ("groundplan status -o json | jq .regions", "the same for a program"),
    ),
)
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(session: Session, /, file: str | None, environment: str | None, output: str) -> Exit:
    """Show regions, parts, health and addresses; every part is asked now.

    Exits 1 when a part is not healthy, or when nothing is built.
    Without a file it shows the one platform that is built on this machine.
    """
    platform = chosen(session, file, environment)
    wanted = platform.wanted()
    health = Health(
        platform=platform.platform,
        environment=platform.environment,
        design=wanted,
        parts=with_missing(platform.target.status(), wanted),
        troubles=client.troubles(platform.target.folder) | _behind(platform.target.folder),
    )
    if output == "json":
        session.screen.data(as_json(health))
    else:
        session.screen.data(as_text(health, session.screen, now=time.time()))
    return Exit.FINE if health.is_whole else Exit.BROKEN


def _behind(folder: Path) -> dict[str, str]:
    """Sinks that lag; they make no part ill, for the logs are kept here."""
    told = {f"logs to {each.name}": each.sentence for each in read(folder / COLLECTOR)}
    return {subject: sentence for subject, sentence in told.items() if sentence}

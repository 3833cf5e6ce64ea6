"""`groundplan release [FILE]`: rolls a new version of a service out, as the file says."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from groundplan.agent.catalogue import releasing
from groundplan.agent.catalogue.kept import Asked, Rolling, keep
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.rolling import Typed, rolling
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import performed, started, tell_end


@click.command(
    "release",
    cls=Verb,
    examples=(
        ("groundplan release --version 2.1", "the first service's new version, step by step"),
        ("groundplan release --service web --directory web-2.1", "from another folder"),
        ("groundplan release --ref v2.1", "as it is in git at a tag, a branch or a commit"),
        ("groundplan release", "what the file says now: a setting changed"),
        ("groundplan release --version 2.1 --detach", "do not follow it"),
        ("groundplan release --undo", "what was stable before the last one"),
    ),
)
@file_argument
@click.option("--service", metavar="S", help="The service.  [default: the file's first]")
@click.option("--version", "version", metavar="V", help="Its version.  [default: the file's]")
@click.option("--directory", metavar="DIR", help="Where it runs.  [default: the file's]")
@click.option("--ref", metavar="REF", help="Its directory as it is in git there.")
@click.option("--undo", is_flag=True, help="Bring back what was stable before.")
@click.option("--detach", is_flag=True, help="Start it and return; `groundplan rollout` shows it.")
@why_option
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    service: str | None,
    version: str | None,
    directory: str | None,
    *,
    ref: str | None,
    undo: bool,
    detach: bool,
    why: str,
    environment: str | None,
    output: str,
) -> Exit:
    """Give users a new version of a service, as the file's rollout says.

    A release is what the file says of the service now: its code, its settings, its schema. A
    version that fails is taken back, and everybody gets only a proven one. The agent does it and
    goes on without you; if it dies, too, the gateways return to the stable version by themselves
    within half a minute. Exits 4 when the version was taken back.
    """
    platform = chosen(session, file, environment)
    folder = platform.target.folder
    if platform.built is None:
        raise Mistake(f"{platform} does not run", try_="groundplan up")
    if undo:
        asked = releasing.way_back(folder)
    else:
        typed = Typed(service=service, version=version, directory=directory, ref=ref)
        source = read(session, file, environment)
        asked = _kept(session, folder, rolling(source, platform.built, typed, folder))
    arguments = asdict(asked)
    if not detach:
        return tell_end(session, performed(session, folder, "release", arguments, why=why), output)
    name = started(session, folder, "release", arguments, why=why)
    session.screen.data(json.dumps({"operation": name}) if output == "json" else name)
    session.screen.note("\n  see how it goes   groundplan rollout show")
    return Exit.FINE


def _kept(session: Session, folder: Path, wanted: Rolling) -> Asked:
    for gate in wanted.plan.unjudged:
        session.screen.note(f"not judged: {gate}, for the file sets no limit")
    return keep(folder, wanted)

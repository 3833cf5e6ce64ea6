"""`groundplan up [FILE]`: builds or mends the platform on this machine."""

from pathlib import Path

import click

from groundplan.cli.asked import month
from groundplan.cli.asked.options import (
    Verb,
    environment_option,
    file_argument,
    regions_option,
    why_option,
)
from groundplan.cli.asked.released import design_of, remember
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import again, read
from groundplan.cli.following.journalled import journalled
from groundplan.cli.following.waiting import in_turn
from groundplan.cli.terminal.progress import shown
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Row, table
from groundplan.cli.terminal.words import counted
from groundplan.design.design import Design
from groundplan.design.parts import Gateway, Prometheus
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN
from groundplan.spec.load import Source
from groundplan.targets.local.history import History


@click.command(
    "up",
    cls=Verb,
    examples=(
        ("groundplan up", "the platform of ./platform.yaml, in three regions"),
        ("groundplan up --regions all", "in every region of the file"),
        ("groundplan up --regions us-east-1,eu-west-1", "in these, and the primary"),
        ("groundplan up ../shop --env staging", "another folder's platform, as staging"),
    ),
)
@file_argument
@regions_option
@environment_option
@why_option
@click.pass_obj
def verb(
    session: Session, /, file: str | None, regions: str | None, environment: str | None, *, why: str
) -> None:
    """Build the platform on this machine, or mend what differs from the file.

    Returns when it serves. What already runs as the file says is left alone: a second `up` does
    nothing, and a version that was released stays until the file's own version is another one.
    `groundplan plan` shows beforehand what will happen.
    """
    screen = session.screen
    source = read(session, file, environment)
    design, target = design_of(session, source, regions)
    _tell_notes(design, screen)
    session.when_interrupted = (
        f"what was started keeps running; `{again('up', file, environment)}` goes on from there, "
        f"`{again('down', file, environment)}` stops it"
    )
    words = again("up", file, environment).removeprefix("groundplan ")
    with (
        journalled(session, target.folder, words, why=why, must=True),
        shown(screen, done="ready") as report,
    ):
        plan = in_turn(session, target.folder, lambda: target.up(design, report))
    month.keep(month.month_of(source), target.folder)
    remember(source, design, target.folder, plan, screen)
    _keep_configuration(design, source, target.folder, why, screen)
    name = f"{design.platform} ({design.environment})"
    if plan.is_empty:
        screen.data(f"Nothing to do: {name} already runs as the file says ({session.took()}).")
    else:
        where = f"{counted(len(design.parts), 'part')} in {counted(len(design.regions), 'region')}"
        title = screen.paint(f"{name} is up: {where}", Tone.GOOD)
        screen.data(f"{title} ({counted(len(plan.actions), 'change')}, {session.took()}).")
    screen.data(f"\n{_addresses(design, screen)}")
    screen.note(
        f"\n  see what runs   {again('status', file, environment)}"
        f"\n  what it keeps   {again('promises', file, environment)}"
        f"\n  stop it         {again('down', file, environment)}"
    )


def _keep_configuration(
    design: Design, source: Source, folder: Path, why: str, screen: Screen
) -> None:
    """A version of it in git, when it changed. The platform serves, so a failure is only told."""
    if design.backups.configuration is None or not folder.is_dir():
        return
    try:
        files = {
            source.path.name: source.path.read_text(encoding="utf-8"),
            DESIGN: design.to_json().decode(),
        }
        message = f"up of {source.path.name}" + (f": {why}" if why else "")
        History(folder / design.backups.configuration).keep(files, message)
    except (OSError, TargetError) as error:
        why = error.why if isinstance(error, TargetError) else str(error)
        screen.error(f"the configuration was not kept: {why}; the next `up` tries again")


def _tell_notes(design: Design, screen: Screen) -> None:
    """What the file asks for and this design leaves out: a line each with -v, else their number."""
    if design.notes and not screen.verbose:
        screen.note(
            f"note: this machine leaves out {counted(len(design.notes), 'thing')} "
            "that the file asks for; -v lists them"
        )
    for note in design.notes:
        screen.detail(f"note: {note}")


def _addresses(design: Design, screen: Screen) -> str:
    """The entry, then each region's gateway and Prometheus."""
    rows: list[Row] = [("entry", f"http://{design.entry}")]
    for region in design.regions:
        parts = design.at(region.name)
        gateways = [f"http://{p.address}:{p.port}" for p in parts if isinstance(p, Gateway)]
        metrics = [f"http://{p.address}:{p.port}" for p in parts if isinstance(p, Prometheus)]
        rows.append((region.name, *gateways, *(f"metrics {url}" for url in metrics)))
    return table(rows, screen)

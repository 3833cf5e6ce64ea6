"""`groundplan render DIR [FILE]`: the platform as files for a cloud."""

from collections.abc import Iterator
from pathlib import Path

import click

from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.cli.asked.options import Verb, Word, environment_option, file_argument
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import again, environments, read
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import counted
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.folder import Difference, Sign, compare, write
from groundplan.targets.cloud.render import render

DIFFS_SHOWN = 20
DIFF_LINES_SHOWN = 40
TONES = {Sign.NEW: Tone.GOOD, Sign.CHANGED: Tone.UNSURE, Sign.STALE: Tone.BAD}


@click.command(
    "render",
    cls=Verb,
    examples=(
        ("groundplan render out", "every environment of ./platform.yaml, in every region"),
        ("groundplan render out --env staging", "only staging's files"),
        ("groundplan render out --check", "exit 2 if a file there is not as rendered"),
        ("groundplan render ../infra shop/platform.yaml", "another folder, another file"),
    ),
)
@click.argument(
    "folder",
    cls=Word,
    told="Where the files go; made if it is not there.",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
)
@file_argument
@environment_option
@click.option("--check", is_flag=True, help="Write nothing; show what differs, and exit 2 for it.")
@click.pass_obj
def verb(
    session: Session,
    /,
    folder: Path,
    file: str | None,
    environment: str | None,
    *,
    check: bool,
) -> Exit:
    """Write the platform as files for AWS: Terraform, Kubernetes, pipelines.

    The same file gives the same bytes. What does not fit is found before the first byte is
    written, and so are files in DIR that groundplan has not written. `version.yaml` of a service
    is written once: releases change it.
    """
    first = read(session, file, environment)
    sources = environments(session, file, first)
    reads: dict[str, str] = {}
    files = _noting(render(sources, FactsAtlas(subject_of(first).facts), environment), reads)
    if check:
        return _checked(session, list(compare(folder, files, environment)), folder, file)
    written = write(folder, files, environment)
    for change in written.changed:
        session.screen.detail(f"{change.sign} {change.path}")
    for change in written.changed:
        if change.is_edited:
            session.screen.note(f"overwrote an edit by hand: {change.path}")
    for name, reader in reads.items():
        if not (first.path.parent / name).exists():
            session.screen.note(f"{reader} reads {name}, which is not beside {first.path.name}")
    count = len(written.changed)
    session.screen.data(
        f"{folder}: {counted(written.count, 'file')}, "
        f"{counted(count, 'change') if count else 'no changes'}"
    )
    return Exit.FINE


def _noting(files: Iterator[File], reads: dict[str, str]) -> Iterator[File]:
    """The same files; `reads` learns which of the team's own are read, and by what."""
    for file in files:
        reads |= dict.fromkeys(file.reads, file.path)
        yield file


def _checked(session: Session, found: list[Difference], folder: Path, file: str | None) -> Exit:
    screen = session.screen
    if not found:
        screen.data(f"{screen.paint('fine', Tone.GOOD)}  {folder} is as it would be rendered")
        return Exit.FINE
    for number, change in enumerate(found):
        edited = "  (edited by hand)" if change.is_edited else ""
        screen.data(f"{screen.paint(change.sign.value, TONES[change.sign])} {change.path}{edited}")
        if number < DIFFS_SHOWN:
            _show(screen, change.diff)
    screen.note(
        f"\n{counted(len(found), 'file')} of {folder} would change; "
        f"`{again(f'render {folder}', file, None)}` does it."
    )
    return Exit.DIFFERENT


def _show(screen: Screen, diff: str) -> None:
    lines = diff.splitlines()
    for line in lines[:DIFF_LINES_SHOWN]:
        screen.data(f"    {line}")
    if len(lines) > DIFF_LINES_SHOWN:
        screen.data(f"    ... {counted(len(lines) - DIFF_LINES_SHOWN, 'line')} more")

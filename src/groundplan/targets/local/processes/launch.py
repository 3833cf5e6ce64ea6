"""How a part is launched: its files, its start script, its description for the supervisor."""

import os
import shlex
import shutil
from pathlib import Path

from groundplan.design.parts import Part
from groundplan.targets.local.files import File, Reading, write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.processes.leftovers import PART_VARIABLE
from groundplan.targets.local.processes.programs import SETPRIV, find
from groundplan.targets.local.processes.supervisord import Program
from groundplan.targets.local.recipe import Recipe

START = "start.sh"


def rendered(part: Part, recipe: Recipe[Part], machine: Machine) -> tuple[File, ...]:
    """All files of a part, its start script last."""
    return (*recipe.files(part, machine), _start(part, recipe, machine))


def write(part: Part, recipe: Recipe[Part], machine: Machine, *, live_only: bool = False) -> bool:
    """Writes the part's files that differ; tells whether one did that is read at start."""
    folder = machine.directory(part)
    account = recipe.account(machine)
    owner = account.uid if account else -1
    if not folder.is_dir():
        folder.mkdir(parents=True)
        os.chown(folder, owner, -1)
    changed = False
    for file in recipe.files(part, machine) if live_only else rendered(part, recipe, machine):
        path = folder / file.path
        if live_only and file.reading is not Reading.LIVE:
            continue
        if file.reading is Reading.ONCE and path.exists():
            continue
        differs = write_if_changed(path, file.text, mode=file.mode, owner=owner)
        changed |= differs and file.reading is Reading.START
    return changed


def stale(
    part: Part, recipe: Recipe[Part], machine: Machine, *, also_live: bool
) -> tuple[str, ...]:
    """The part's files on disk that are not what the design says."""
    readings = (Reading.START, Reading.LIVE) if also_live else (Reading.START,)
    return tuple(
        file.path
        for file in rendered(part, recipe, machine)
        if file.reading in readings and not _is_as_rendered(machine.directory(part), file)
    )


def description(part: Part, recipe: Recipe[Part], machine: Machine) -> Program:
    """What the supervisor has to know of a part."""
    account = recipe.account(machine)
    return Program(
        name=part.name,
        script=machine.directory(part) / START,
        log=log_file(part, machine.folder),
        stop_signal=recipe.stop_signal,
        stop_seconds=recipe.stops_within(part),
        user=account.name if account else None,
    )


def log_file(part: Part, folder: Path) -> Path:
    """Where the supervisor keeps the part's output."""
    return folder / "logs" / f"{part.name}.log"


def _start(part: Part, recipe: Recipe[Part], machine: Machine) -> File:
    """A script that a person may run by hand, too. It holds secrets: owner only.

    A part dies with its supervisor (pdeathsig): an orphan would keep the port from its successor.
    """
    variables = (
        (PART_VARIABLE, str(machine.directory(part))),
        *recipe.environment(part, machine),
    )
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables)
    command = shlex.join(recipe.command(part, machine))
    text = (
        "#!/bin/sh\n"
        f"# {part.name}\n"
        f"{exports}"
        f"cd {shlex.quote(str(recipe.workdir(part, machine)))} || exit 1\n"
        f"exec {find(SETPRIV)} --pdeathsig {recipe.stop_signal} -- {command}\n"
    )
    return File(path=START, text=text, mode=0o700)


def _is_as_rendered(folder: Path, file: File) -> bool:
    try:
        return (folder / file.path).read_text() == file.text
    except (OSError, UnicodeDecodeError):
        return False


def last_lines(part: Part, folder: Path, *, lines: int = 5) -> str:
    """The end of the part's output, indented for an error message; empty when there is none."""
    try:
        with log_file(part, folder).open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4096))
            tail = stream.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in tail)


def delete(part: Part, folder: Path) -> None:
    """Deletes the part's own folder."""
    shutil.rmtree(folder / part.directory, ignore_errors=True)

"""Smoke tests of a new version, before it has traffic: paths that answer, a command of the file."""

from collections.abc import Iterable

from groundplan.design.parts import Service
from groundplan.design.release import CANARY
from groundplan.errors import TargetError
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import why_not

COMMAND_SECONDS = 120.0
PATH_SECONDS = 10.0


def smoke(
    parts: Iterable[Service], machine: Machine, *, command: tuple[str, ...], paths: tuple[str, ...]
) -> None:
    """The paths at each new replica; the command once for each region, with its first one.

    TargetError names the first that fails.
    """
    for part in parts:
        _ask(part, paths)
        if command and part.name.endswith(f"-{CANARY}-1"):
            _run(part, command, machine)


def _ask(part: Service, paths: tuple[str, ...]) -> None:
    for path in paths:
        why = why_not(part.address, part.port, path, seconds=PATH_SECONDS)
        if why is not None:
            raise TargetError(
                part=part.name,
                doing="smoke testing",
                why=f"{path}: {why}",
                try_=f"groundplan logs {part.name}",
            )


def _run(part: Service, command: tuple[str, ...], machine: Machine) -> None:
    filled = tuple(
        word.replace("{address}", part.address).replace("{port}", str(part.port))
        for word in command
    )
    machine.run(part.name, "smoke testing", filled, workdir=machine.source, seconds=COMMAND_SECONDS)

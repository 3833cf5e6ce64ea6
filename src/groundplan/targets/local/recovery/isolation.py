"""Isolates regions of this machine; the platform's folder remembers which."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from groundplan.design.parts import (
    AnyPart,
    Edge,
    Gateway,
    Postgres,
    PostgresExporter,
    Redis,
    RedisExporter,
    Sentinel,
    Service,
)
from groundplan.errors import TargetError
from groundplan.targets.local import primacy
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until

# What stops first; it starts in the opposite order.
_SERVES = (Gateway, Service, PostgresExporter, RedisExporter, Sentinel, Redis, Postgres)


class LocalIsolation:
    """The regions of one platform."""

    def __init__(self, machine: Machine, supervisor: Supervisor) -> None:
        self._machine, self._supervisor = machine, supervisor

    def shut(self, region: str) -> None:
        """Takes the region's gate out of the edge; requests under way are answered."""
        self._say(primacy.isolated(self._machine.folder) | {region})

    def freeze(self, region: str) -> tuple[str, ...]:
        """Gateways first, stores last."""
        parts = [part for part in self._machine.design.at(region) if isinstance(part, _SERVES)]
        for part in sorted(parts, key=_order):
            self._supervisor.stop(part.name)
        return tuple(part.name for part in parts)

    def keep_evidence(self, region: str, name: str) -> str:
        """The output of the region's parts and their files, with a list of their hashes."""
        folder = self._machine.folder / "evidence" / f"{region}-{name}"
        if (folder / "SHA256SUMS").exists():
            return str(folder)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        logs = self._machine.folder / "logs" / region
        if logs.is_dir():
            shutil.copytree(logs, folder / "logs")
        design = "\n".join(repr(part) for part in self._machine.design.at(region))
        write_if_changed(folder / "design.txt", f"{design}\n")
        sums = "".join(f"{_digest(path)}  {path.relative_to(folder)}\n" for path in _files(folder))
        write_if_changed(folder / "SHA256SUMS", sums, mode=0o400)
        return str(folder)

    def thaw(self, region: str) -> None:
        """Stores first; TargetError names the first that does not serve."""
        parts = [part for part in self._machine.design.at(region) if isinstance(part, _SERVES)]
        for part in sorted(parts, key=_order, reverse=True):
            recipe = recipe_of(part)
            launch.write(part, recipe, self._machine)
            recipe.prepare(part, self._machine)
            self._supervisor.stop(part.name)  # one that runs may have missed new credentials
            self._supervisor.start(part.name)
        for part in sorted(parts, key=_order, reverse=True):
            self._wait(part)

    def open(self, region: str) -> None:
        """Gives the region its gate back."""
        self._say(primacy.isolated(self._machine.folder) - {region})

    def _say(self, regions: frozenset[str]) -> None:
        primacy.isolate(self._machine.folder, regions)
        for part in self._machine.design.parts:
            if isinstance(part, Edge):
                recipe = recipe_of(part)
                launch.write(part, recipe, self._machine)
                self._supervisor.signal(part.name, recipe.reload_signal)
                self._wait(part)

    def _wait(self, part: AnyPart) -> None:
        """Until it serves. It may have missed new credentials, so it is told first, once."""
        recipe = recipe_of(part)

        def hears() -> bool:
            try:
                recipe.settle(part, self._machine)
            except TargetError:  # it does not answer yet
                return False
            return True

        def serves() -> bool:
            return recipe.probe(part, self._machine) is None

        wait_until(hears, seconds=recipe.ready_seconds, every=0.2)
        if not wait_until(serves, seconds=recipe.ready_seconds, every=0.2):
            raise TargetError(
                part=part.name,
                doing="waiting until it serves",
                why=str(recipe.probe(part, self._machine)),
                try_=f"groundplan logs {part.name}",
                retry=True,
            )


def _order(part: AnyPart) -> int:
    return next(number for number, kind in enumerate(_SERVES) if isinstance(part, kind))


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

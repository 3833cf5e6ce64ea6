"""What was asked to be rolled out, kept by its content, and the way back from what runs.

A release is code, settings and plan as they were when it was asked for. It lies in the platform's
folder under its own hash, so that whoever resumes it rolls out the same, and an undo finds it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from groundplan.design.release import Release
from groundplan.design.standing import Says
from groundplan.errors import TargetError
from groundplan.operations.delivery.plan import Plan
from groundplan.ports.folder import RELEASES
from groundplan.targets.local.delivery.usage import NO_LIMITS, Limits
from groundplan.targets.local.files import write_if_changed

_BEFORE = "before"  # the name of the way back


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The arguments of the operation: what people read, and the name of the rest."""

    service: str
    version: str
    release: str  # hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Everything that a rollout needs; nothing is read from the user's files any more."""

    plan: Plan
    release: Release
    source: str  # the folder that commands start in
    limits: Limits = NO_LIMITS
    committed: float | None = None  # when its code was, as far as git knows
    says: Says | None = None  # what the file said by itself
    contracts_apart: bool = False  # after a while, by another operation

    @property
    def is_contracted_later(self) -> bool:
        """Whether its contraction is left to another operation."""
        return self.contracts_apart and self.plan.contracts and self.plan.contract_seconds > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The way back from what runs, or why there is none any more."""

    release: str
    gone: str = ""
    left: str = ""  # the release that it leads back from


_ROLLING = TypeAdapter(Rolling)
_WAY = TypeAdapter(Before)


def keep(folder: Path, rolling: Rolling) -> Asked:
    """Writes it down; the arguments that lead to it."""
    text = _ROLLING.dump_json(rolling, indent=1)
    name = hashlib.sha256(text).hexdigest()[:16]
    write_if_changed(folder / RELEASES / f"{name}.json", text.decode(), mode=0o600)
    return Asked(service=rolling.release.service, version=rolling.release.version, release=name)


def kept(folder: Path, name: str) -> Rolling:
    """What was written down; TargetError when it is not there."""
    try:
        return _ROLLING.validate_json((folder / RELEASES / f"{name}.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise TargetError(
            part="release",
            doing=f"reading release {name}",
            why=str(error).splitlines()[0],
            try_="start the release again from the platform file",
        ) from error


def note(folder: Path, way: Before) -> None:
    """The way back from now on."""
    write_if_changed(folder / RELEASES / _BEFORE, _WAY.dump_json(way).decode())


def noted(folder: Path) -> Before | None:
    """The way back, if anything was released here."""
    try:
        return _WAY.validate_json((folder / RELEASES / _BEFORE).read_bytes())
    except (OSError, ValidationError):
        return None


def gone(service: str, version: str) -> str:
    """Why there is no way back from a version any more."""
    return (
        f"{service} {version} has contracted the schema: the version before cannot work with it"
        " any more"
    )

"""Who is the primary since the last failover, and which region is home: two small files.

They outlive every process. Without them the design says who it is. Only whoever holds the
platform's lock writes them.
"""

import json
from pathlib import Path

from groundplan.design.parts import Postgres, Role
from groundplan.errors import TargetError
from groundplan.ports.databases import Claim
from groundplan.ports.folder import HOME, ISOLATED, PRIMARY
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import Machine

STANDBY_SIGNAL = "standby.signal"  # PostgreSQL: this data directory makes a standby


def primary_file(folder: Path) -> Path:
    """Where the claim is written. Start scripts of PostgreSQL read it, too."""
    return folder / PRIMARY


def named(name: str) -> str:
    """How the file names the primary; start scripts look for exactly these characters."""
    return f'"name": {json.dumps(name)}'


def claimed(folder: Path) -> Claim | None:
    """What the file says; None when there was no failover yet. TargetError when it is damaged."""
    path = primary_file(folder)
    try:
        said = json.loads(path.read_text())
        return Claim(name=str(said["name"]), term=int(said["term"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TargetError(
            part="databases",
            doing="reading who the primary is",
            why=f"{path}: {error}",
            try_='write {"name": PART, "term": NUMBER} into it, as the last failover did',
        ) from error


def claim(folder: Path, new: Claim) -> None:
    """From here on nobody else may start as the primary. An older term than known is refused."""
    old = claimed(folder)
    if old is not None and old != new and old.term >= new.term:
        raise TargetError(
            part=new.name,
            doing=f"becoming the primary of term {new.term}",
            why=f"{old.name} is the primary since term {old.term}",
            try_="groundplan status",
        )
    write_if_changed(primary_file(folder), f'{{{named(new.name)}, "term": {new.term}}}\n')


def leader(machine: Machine) -> Postgres:
    """The server that is, or is to be, the primary."""
    said = claimed(machine.folder)
    for part in machine.design.parts:
        if isinstance(part, Postgres) and (
            part.role is Role.PRIMARY if said is None else part.name == said.name
        ):
            return part
    raise TargetError(
        part=said.name if said else "databases",
        doing="looking for the primary",
        why="the regions that are to run do not have it",
        try_="run its region too, or switch over to a region that stays",
    )


def is_fenced(part: Postgres, machine: Machine) -> bool:
    """Whether it was the primary and somebody else is now: it must not start as it is."""
    said = claimed(machine.folder)
    data = machine.directory(part) / "data"
    return (
        said is not None
        and said.name != part.name
        and data.is_dir()
        and not (data / STANDBY_SIGNAL).exists()
    )


def home(folder: Path) -> str | None:
    """The region that the edge prefers since the last failover; None: the design's first."""
    try:
        return str(json.loads((folder / HOME).read_text())["region"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def move_home(folder: Path, region: str) -> None:
    """The edge reads it when its files are rendered."""
    write_if_changed(folder / HOME, json.dumps({"region": region}) + "\n")


def isolated(folder: Path) -> frozenset[str]:
    """The regions that nobody is sent to, whatever they ask for."""
    try:
        return frozenset(json.loads((folder / ISOLATED).read_text())["regions"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def isolate(folder: Path, regions: frozenset[str]) -> None:
    """These, and no others, are isolated from now on; the edge reads it as it reads its home."""
    write_if_changed(folder / ISOLATED, json.dumps({"regions": sorted(regions)}) + "\n")

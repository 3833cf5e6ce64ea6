"""How many inotify instances Linux has left for this account.

A part that follows its files takes some. An account has 128 by default, and Envoy ends with a
backtrace when it gets none.
"""

import contextlib
import ctypes
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from groundplan.errors import TargetError

LIMITS = (
    Path("/proc/sys/fs/inotify/max_user_instances"),
    Path("/proc/sys/user/max_inotify_instances"),  # of the user namespace that we are in
)
LINK = "anon_inode:inotify"
SHOWN = 3  # of the programs that hold some


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """What Linux says of them: `free` is counted no further than it was asked for."""

    free: int
    limit: int | None
    holders: Counter[str]  # by program; asked only where too few are free


def look(wanted: int) -> Instances:
    """Takes as many as are wanted, for a moment: what processes hold that we may not see counts."""
    free = _taken(wanted)
    return Instances(free=free, limit=_limit(), holders=holders() if free < wanted else Counter())


def lacking(wanted: int, found: Instances, *, part: str) -> TargetError | None:
    """The complaint, when fewer are free than parts are about to take."""
    if found.free >= wanted:
        return None
    limit = "" if found.limit is None else f" of the {found.limit} that Linux gives an account"
    most = ", ".join(f"{name} {count}" for name, count in found.holders.most_common(SHOWN))
    return TargetError(
        part=part,
        doing="counting inotify instances",
        why=f"to follow their files, gateways and Prometheus take {wanted} inotify instances more,"
        f" and {found.free} are left{limit}{f' (most are held by: {most})' if most else ''}",
        try_="sudo sysctl -w fs.inotify.max_user_instances=1024, or end a program that holds many",
    )


def _taken(wanted: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    taken: list[int] = []
    try:
        while len(taken) < wanted and (number := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            taken.append(number)
    finally:
        for number in taken:
            os.close(number)
    return len(taken)


def _limit() -> int | None:
    found = []
    for path in LIMITS:
        with contextlib.suppress(OSError, ValueError):
            found.append(int(path.read_text()))
    return min(found, default=None)


def holders() -> Counter[str]:
    """Instances by program, of the processes of this account that we may look into."""
    found: Counter[str] = Counter()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or it is not ours to look into
            if process.stat().st_uid == os.geteuid():
                links = [_target(link) for link in (process / "fd").iterdir()]
                if held := links.count(LINK):
                    found[(process / "comm").read_text().strip()] += held
    return found


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:  # closed meanwhile
        return ""

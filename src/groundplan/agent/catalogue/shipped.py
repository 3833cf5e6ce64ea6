"""The releases that ended, as the journal has them. It needs no agent."""

import json
from collections.abc import Iterator
from pathlib import Path

from groundplan.agent.catalogue.kept import kept
from groundplan.agent.journal import Chained, Event, JournalFile
from groundplan.errors import TargetError
from groundplan.operations.delivery.figures import Shipped
from groundplan.ports.folder import JOURNAL
from groundplan.ports.journal import State

KIND = "release"


def shipped(folder: Path) -> tuple[Shipped, ...]:
    """All of them, in the order in which they ended."""
    if not (folder / JOURNAL).exists():
        return ()
    with JournalFile(folder, read_only=True) as journal:
        return tuple(_paired(folder, journal.after(0)))


def _paired(folder: Path, entries: tuple[Chained, ...]) -> Iterator[Shipped]:
    began: dict[str, Chained] = {}
    for each in entries:
        entry = each.entry
        if not entry.operation.startswith(f"{KIND}-"):
            continue
        if entry.event is Event.BEGAN:
            began[entry.operation] = each
        elif entry.event is Event.ENDED and entry.operation in began:
            state = entry.what.partition(":")[0]
            if state != State.REFUSED:
                yield _shipped(folder, began.pop(entry.operation), entry.at, state == State.DONE)


def _shipped(folder: Path, began: Chained, ended: float, is_done: bool) -> Shipped:
    """With what was kept of it, if that is still there."""
    given = json.loads(began.entry.what.partition(" ")[2] or "{}")
    try:
        rolling = kept(folder, str(given.get("release", "")))
    except TargetError:
        goes_back, committed = False, None
    else:
        goes_back, committed = rolling.plan.goes_back, rolling.committed
    return Shipped(
        service=str(given.get("service", "")),
        version=str(given.get("version", "")),
        began=began.entry.at,
        ended=ended,
        is_done=is_done,
        goes_back=goes_back,
        committed=committed,
    )

"""Safety copies: what a restore in place replaced. The newest few stay; people forget the others.

The newest is never deleted by itself: it is the way back from the last restore.
"""

from dataclasses import dataclass

from groundplan.operations.recovery.thread import kept
from groundplan.ports.aside import Aside, SafetyCopy
from groundplan.ports.journal import Journal, Json, Outcome, State

KEEP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Safety copies by name."""

    names: tuple[str, ...]


def surplus(copies: tuple[SafetyCopy, ...], *, keep: int = KEEP) -> tuple[str, ...]:
    """Names of those that are more than are kept, oldest first. Pure."""
    ordered = sorted(copies, key=lambda copy: copy.at)
    return tuple(copy.name for copy in ordered[: -max(1, keep)])


def told(copies: tuple[SafetyCopy, ...]) -> str:
    """How many there are and how large, for a person."""
    size = sum(copy.bytes for copy in copies) / 2**20
    number = "1 safety copy" if len(copies) == 1 else f"{len(copies)} safety copies"
    return f"{number}, {size:,.0f} MB"


def forget(journal: Journal, aside: Aside, arguments: Forget) -> Outcome:
    """Deletes the copies that are named; refused when one of them is not there."""
    there = {copy.name: copy for copy in kept(journal, "look", tuple[SafetyCopy, ...], aside.all)}
    unknown = [name for name in arguments.names if name not in there]
    if unknown or not arguments.names:
        why = f"there is no safety copy called {', '.join(unknown)}" if unknown else "none is named"
        return Outcome(
            state=State.REFUSED,
            summary=why,
            facts={"try": "groundplan backup list"},
        )
    for name in arguments.names:
        kept(journal, f"forget {name}", None, lambda: aside.forget(name))  # noqa: B023
        journal.tell(f"{name} is forgotten", because=f"it was in {there[name].where}")
    gone = tuple(there[name] for name in dict.fromkeys(arguments.names))
    names: list[Json] = [copy.name for copy in gone]
    return Outcome(
        state=State.DONE,
        summary=f"forgot {told(gone)}",
        facts={"names": names, "bytes": sum(copy.bytes for copy in gone)},
    )


def give_up_old(journal: Journal, aside: Aside, keep: int) -> tuple[str, ...]:
    """After a restore: deletes what is more than is kept."""

    def give_up() -> tuple[str, ...]:
        old = surplus(aside.all(), keep=keep)
        for name in old:
            aside.forget(name)
        return old

    gone = kept(journal, "forget old safety copies", tuple[str, ...], give_up)
    if gone:
        journal.tell(f"forgot the safety copies {', '.join(gone)}", because=f"{keep} are kept")
    return gone

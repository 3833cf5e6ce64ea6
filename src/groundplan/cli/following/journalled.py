"""Writes `up` and `down` into the platform's journal, as the agent does with operations."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from groundplan.agent.journal import Entry, Event, JournalFile
from groundplan.agent.performing.register import new_id
from groundplan.cli.asked.account import who_types
from groundplan.cli.asked.session import Session
from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder


@contextmanager
def journalled(
    session: Session, folder: Path, what: str, *, why: str, must: bool
) -> Iterator[None]:
    """Notes that something begins and how it ended. TargetError when that `must` and cannot be.

    What deletes the folder deletes its journal, which is not begun anew then.
    """
    verb = what.split()[0]
    operation = new_id(verb)

    def write(event: Event, what: str) -> None:
        entry = Entry(
            at=time.time(), operation=operation, event=event, what=what, who=who_types(), why=why
        )
        with JournalFile(folder) as journal:
            journal.append(entry)

    try:
        Folder(folder).create()
        write(Event.BEGAN, what)
    except TargetError as error:
        if must:
            raise
        session.screen.note(f"note: this is not in the journal: {error.why}")
    ending = "aborted: it was interrupted"
    try:
        yield
        ending = "done"
    except Exception as error:
        ending = f"failed: {_why(error)}"
        raise
    finally:
        if folder.is_dir():
            with suppress(TargetError):
                write(Event.ENDED, ending)


def _why(error: Exception) -> str:
    if isinstance(error, TargetError):
        return f"{error.part}: {error.doing} failed: {error.why}"
    return f"{type(error).__name__}: {error}"

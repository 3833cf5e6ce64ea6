"""Starts an operation through the agent and follows it: live on a terminal, else line by line.

What is followed goes on without its follower: an interruption ends only the looking.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from groundplan.agent.door import asking
from groundplan.agent.performing.operation import Line, Operation, Progress, as_json
from groundplan.cli.asked.account import who_types
from groundplan.cli.asked.session import Session
from groundplan.cli.exits import Exit
from groundplan.cli.following.returning import answered
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import lasted, printable
from groundplan.errors import TargetError
from groundplan.ports.journal import Json, State

POLL_SECONDS = 0.2
WIDTH = 24  # of a bar, in signs
AWAY_SECONDS = 60.0  # how long an agent may be away before a follower gives up
TONES = {State.DONE: Tone.GOOD, State.RUNNING: Tone.UNSURE, State.WAITING: Tone.UNSURE}
Show = Callable[[Progress], None]


def performed(
    session: Session, folder: Path, kind: str, arguments: Mapping[str, Json], *, why: str = ""
) -> Progress:
    """Starts an operation, follows it to its end, and returns all of it."""
    operation = started(session, folder, kind, arguments, why=why)
    return followed(session, folder, operation)


def started(
    session: Session, folder: Path, kind: str, arguments: Mapping[str, Json], *, why: str = ""
) -> str:
    """Starts an operation in the name of who types; an agent that has just died is waited for."""
    return answered(
        session, folder, lambda: asking.start(folder, kind, arguments, who=who_types(), why=why)
    )


def newest(session: Session, folder: Path, *, limit: int = asking.LISTED) -> tuple[Operation, ...]:
    """The newest operations, and all that go on; an agent that has just died is waited for."""
    return answered(session, folder, lambda: asking.newest(folder, limit=limit))


def followed(session: Session, folder: Path, operation: str) -> Progress:
    """Follows an operation to its end and returns all of it."""
    session.when_interrupted = (
        f"{operation} goes on; `groundplan operations follow {operation}` follows it, "
        f"`groundplan operations abort {operation}` stops it"
    )
    lines: list[Line] = []
    with _shown(session.screen, operation) as show:
        for progress in _looks(folder, operation, session.screen):
            lines += progress.lines
            show(progress)
    session.when_interrupted = "nothing was changed"
    return Progress(operation=progress.operation, lines=tuple(lines))


def tell_end(session: Session, progress: Progress, output: str) -> Exit:
    """Says what came of it, as text or JSON; the exit code: fine when it is done."""
    ended = progress.operation
    if output == "json":
        session.screen.data(json.dumps(as_json(progress), indent=1))
    else:
        session.screen.data(ending(ended, session.screen))
        if ended.state is not State.DONE and "try" in ended.facts:
            session.screen.note(f"  try  {printable(str(ended.facts['try']))}")
    return Exit.FINE if ended.state is State.DONE else Exit.REFUSED


def ending(operation: Operation, screen: Screen) -> str:
    """failover-k3m9pa is done: eu-west-1 is the primary (12 s)."""
    state = screen.paint(str(operation.state), TONES.get(operation.state, Tone.BAD))
    summary = f": {printable(operation.summary)}" if operation.summary else ""
    took = (operation.ended or time.time()) - operation.began
    return f"{operation.id} is {state}{summary} ({lasted(took)})"


def _looks(folder: Path, operation: str, screen: Screen) -> Iterator[Progress]:
    """Look after look, the last one at its end; an agent that starts anew is waited for."""
    after, seen, is_away = 0, time.monotonic(), False
    while True:
        try:
            progress = asking.progress(folder, operation, after=after)
        except TargetError as error:
            if not error.retry or time.monotonic() - seen > AWAY_SECONDS:
                raise
            if not is_away:
                screen.note(f"note: {error.why}; {operation} goes on when it is back")
            is_away = True
        else:
            seen, is_away = time.monotonic(), False
            after = max((line.number for line in progress.lines), default=after)
            yield progress
            if progress.operation.ended is not None:
                return
        time.sleep(POLL_SECONDS)


@contextmanager
def _shown(screen: Screen, operation: str) -> Iterator[Show]:
    if not screen.draws:
        yield lambda progress: _tell_lines(progress, screen)
        return
    console = Console(stderr=True, highlight=False, no_color=not screen.has_color(err=True))
    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
        console=console,
        transient=True,
    )
    with bars:
        row = bars.add_task(operation, total=None, doing="")

        def show(progress: Progress) -> None:
            for line in told(progress):
                bars.console.print(Text(line))
            bars.update(row, doing=_doing(progress))

        yield show


def _doing(progress: Progress) -> str:
    """Its state, or how much of a long step is done."""
    if progress.share is None:
        return f"is {progress.operation.state}"
    bar = "━" * int(progress.share * WIDTH)
    return f"{progress.doing}  {bar:<{WIDTH}}  {progress.share:.0%}"


def _tell_lines(progress: Progress, screen: Screen) -> None:
    for line in told(progress):
        screen.note(line)


def told(progress: Progress) -> Iterator[str]:
    """Its lines, each with the seconds since the operation began."""
    for line in progress.lines:
        yield f"{line.at - progress.operation.began:6.1f} s  {printable(str(line))}"

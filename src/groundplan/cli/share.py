"""A long copy on the screen: what is told, each line with its second, and on a terminal one line
that is redrawn and says how much is done."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from groundplan.agent.thread import Thread
from groundplan.cli.screen import Screen
from groundplan.cli.session import Session

WIDTH = 24


@contextmanager
def shown(screen: Screen) -> Iterator[Callable[[str, float], None]]:
    """A function to report shares to, from 0 to 1."""
    if not screen.draws:
        yield lambda doing, share: None
        return
    drawn = -1

    def draw(doing: str, share: float) -> None:
        nonlocal drawn
        percent = int(share * 100)
        if percent != drawn:
            drawn = percent
            bar = "━" * int(share * WIDTH)
            sys.stderr.write(f"\r\x1b[K  {doing}  {bar:<{WIDTH}}  {percent} %")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def thread(session: Session) -> Thread:
    """The thread of an operation that the command performs itself."""

    def passed() -> str:
        return f"{time.monotonic() - session.began:6.1f} s"

    return Thread(
        lambda line: session.screen.note(f"{passed()}  {line}"),
        lambda name: session.screen.detail(f"{passed()}  {name}"),
    )

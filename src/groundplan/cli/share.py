"""How much of a long copy is done: one line that is redrawn on a terminal, else nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from groundplan.cli.screen import Screen

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

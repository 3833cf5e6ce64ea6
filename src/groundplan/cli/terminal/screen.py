"""Where words go: data on stdout, progress, notes and errors on stderr; and in which colour."""

import contextlib
import os
import sys
from enum import StrEnum
from typing import TextIO


class Tone(StrEnum):
    """What a colour means; the values are the terminal's codes for it."""

    GOOD = "32"
    BAD = "31"
    UNSURE = "33"
    STRONG = "1"
    FAINT = "2"


class Screen:
    """The two streams of one run. `reader_is_gone` once nobody reads stdout any more."""

    def __init__(
        self,
        *,
        color: str = "auto",
        quiet: bool = False,
        verbose: bool = False,
        may_ask: bool = True,
        yes: bool = False,
    ) -> None:
        self.color = color
        self.quiet = quiet
        self.verbose = verbose
        self.yes = yes
        self.may_ask = may_ask and _is_terminal(sys.stdin) and _is_terminal(sys.stderr)
        self.reader_is_gone = False

    @property
    def draws(self) -> bool:
        """Whether progress may redraw its lines: a terminal that can, and somebody who looks."""
        is_able = os.environ.get("TERM") != "dumb"
        return is_able and not self.quiet and _is_terminal(sys.stderr)

    def data(self, text: str) -> None:
        """What was asked for, to stdout. OSError when it cannot be written (a full disk)."""
        if self.reader_is_gone:
            return
        try:
            _write(sys.stdout, text)
        except BrokenPipeError:
            self.reader_is_gone = True  # `groundplan … | head`: the verdict still counts

    def note(self, text: str) -> None:
        """Progress and remarks, to stderr; not with --quiet."""
        if not self.quiet:
            self.error(text)

    def detail(self, text: str) -> None:
        """A remark for those who ask for more with -v."""
        if self.verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """What went wrong, to stderr, always."""
        with contextlib.suppress(OSError):  # nowhere is left to complain about it
            _write(sys.stderr, text)

    def paint(self, text: str, tone: Tone, *, err: bool = False) -> str:
        """The text in its colour, if that stream has colours."""
        if not self.has_color(err=err):
            return text
        return f"\x1b[{tone}m{text}\x1b[0m"

    def has_color(self, *, err: bool = False) -> bool:
        """--color first, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM=dumb, the terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if _is_on("FORCE_COLOR") or _is_on("CLICOLOR_FORCE"):
            return True
        return os.environ.get("TERM") != "dumb" and _is_terminal(sys.stderr if err else sys.stdout)


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "") not in ("", "0")


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    """Writes a line at once."""
    if stream is None:  # the shell closed it: `groundplan … >&-`
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError:
        # What the stream still holds would fail again when Python flushes it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise

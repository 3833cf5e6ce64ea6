"""Failures in words: what, where, why, what to try. Never a traceback."""

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.shown.findings import as_text
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import counted, printable
from groundplan.errors import SpecError, TargetError


def usage(error: click.UsageError, screen: Screen) -> None:
    """A verb or option that is not there, or a value that does not fit."""
    command = error.ctx.command_path if error.ctx else "groundplan"
    form = error.ctx.get_usage().removeprefix("Usage: ") if error.ctx else f"{command} --help"
    _tell(screen, error.format_message(), ("usage", form), ("try", f"{command} --help"))


def mistake(error: Mistake, screen: Screen) -> None:
    """Something that was understood and cannot be done."""
    _tell(screen, error.format_message(), ("try", error.try_))


def spec(error: SpecError, screen: Screen) -> None:
    """Everything that is wrong with the file."""
    screen.error(as_text(error.findings, screen, err=True))
    screen.note(f"\n{counted(len(error.findings), 'finding')}: nothing was done.")


def target(error: TargetError, screen: Screen) -> None:
    """What the machine refused."""
    _tell(
        screen,
        f"{error.doing} failed",
        ("where", error.part),
        ("why", error.why),
        ("try", error.try_),
    )


def machine(error: OSError, screen: Screen) -> None:
    """A file or a socket that could not be used, where no verb knows better."""
    where = (("where", str(error.filename)),) if error.filename is not None else ()
    _tell(
        screen,
        (error.strerror or str(error)).lower(),
        *where,
        ("why", "the operating system refused it"),
        ("try", "mend the cause and repeat the command; --trace shows where it happened"),
    )


def bug(error: Exception, screen: Screen) -> None:
    """Anything else is our own mistake, and is called one."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    _tell(
        screen,
        f"this is a bug in groundplan: {what}",
        ("try", "repeat the command with --trace and report what it prints"),
    )


def _tell(screen: Screen, what: str, *facts: tuple[str, str]) -> None:
    width = max(len(name) for name, _ in facts)
    screen.error(f"{screen.paint('error', Tone.BAD, err=True)}  {printable(what)}")
    for name, fact in facts:
        first, *rest = fact.splitlines() or [""]
        screen.error(
            f"  {screen.paint(name.ljust(width), Tone.FAINT, err=True)}  {printable(first)}"
        )
        for line in rest:
            screen.error(f"  {' ' * width}  {printable(line)}")

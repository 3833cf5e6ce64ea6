"""`groundplan logs PART`: the end of a part's output, and what comes after."""

import difflib
import time
from collections.abc import Sequence
from contextlib import closing

import click
from click.shell_completion import CompletionItem

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import Verb, Word, environment_option, file_argument
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.terminal.screen import Screen
from groundplan.cli.terminal.tail import Tail
from groundplan.errors import GroundplanError

POLL_SECONDS = 0.1


def _complete(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    try:
        names = chosen(Session(), None, ctx.params.get("environment")).parts()
    except (GroundplanError, OSError, Mistake):
        return []
    return [CompletionItem(name) for name in names if incomplete in name]


@click.command(
    "logs",
    cls=Verb,
    examples=(
        ("groundplan logs us-east-1/postgres-1", "its last 100 lines"),
        ("groundplan logs edge -f", "the only part called edge, as it happens"),
        ("groundplan logs eu-west-1/gateway -n 0 -f", "only what is new"),
    ),
)
@click.argument(
    "part",
    cls=Word,
    told="Its name in `groundplan status`, or the end of it if only one fits.",
    shell_complete=_complete,
)
@file_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written next.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=100,
    help="How many lines from the end.  [default: 100]",
)
@environment_option
@click.pass_obj
def verb(
    session: Session,
    /,
    part: str,
    file: str | None,
    *,
    follow: bool,
    lines: int,
    environment: str | None,
) -> None:
    """Show the end of a part's output.

    -f follows the output across rotations of its file, until you interrupt it.
    """
    platform = chosen(session, file, environment)
    name = _resolved(part, tuple(platform.parts()), str(platform))
    path = platform.log_file(name)
    if not path.exists() and not follow:
        session.screen.note(f"note: {name} has written nothing yet")
        return
    with closing(Tail(path)) as tail:
        for line in tail.last(lines):
            session.screen.data(line)
        if follow:
            _follow(tail, session.screen)
        elif tail.rest and lines:
            session.screen.data(tail.rest)


def _follow(tail: Tail, screen: Screen) -> None:
    """Until it is interrupted, or nobody reads any more."""
    while not screen.reader_is_gone:
        new = tail.read()
        for line in new:
            screen.data(line)
        if not new:
            time.sleep(POLL_SECONDS)


def _resolved(word: str, names: Sequence[str], platform: str) -> str:
    """The part that a word means; a usage error with what it may mean instead."""
    if word in names:
        return word
    fitting = [name for name in names if name.endswith(f"/{word}")]
    if len(fitting) == 1:
        return fitting[0]
    if not names:
        raise Mistake(f"nothing of {platform} is built here", try_="groundplan up")
    if fitting:
        raise Mistake(f"'{word}' may be {len(fitting)} parts", try_=f"one of {', '.join(fitting)}")
    short = {name.rpartition("/")[2]: name for name in names}
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    close = close or [short[name] for name in difflib.get_close_matches(word, short, n=3)]
    hint = f", did you mean {' or '.join(close)}?" if close else ""
    raise Mistake(f"there is no part '{word}'{hint}", try_="groundplan status, to list them")

"""`groundplan operations`: what the agent performs, and what people tell it."""

import json

import click
from click.shell_completion import CompletionItem

from groundplan.agent.door import asking
from groundplan.agent.performing.operation import Operation, Progress, all_as_json, as_json
from groundplan.cli.asked.account import who_types
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    Word,
    action_argument,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import TONES, ending, followed, newest, tell_end, told
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import lasted, printable
from groundplan.errors import GroundplanError
from groundplan.ports.journal import ABORT, APPROVE, Signal

ACTIONS = ("list", "show", "follow", APPROVE, ABORT)


def _complete(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    try:
        platform = chosen(Session(), None, ctx.params.get("environment"))
        listed = asking.newest(platform.target.folder)
    except (GroundplanError, OSError, Mistake):
        return []
    return [CompletionItem(each.id, help=each.summary) for each in listed if incomplete in each.id]


@click.command(
    "operations",
    cls=Verb,
    examples=(
        ("groundplan operations", "the newest, and all that go on"),
        ("groundplan operations show failover-k3m9pa", "who asked, why, what it did"),
        ("groundplan operations follow", "the one that goes on, as it happens"),
        ("groundplan operations approve", "the one that waits for an approval"),
        ('groundplan operations abort --why "wrong region"', "stop it where that is safe"),
    ),
)
@action_argument(ACTIONS)
@click.argument(
    "operation",
    cls=Word,
    told="Its name, or the beginning of it.  [default: the only one that goes on]",
    required=False,
    shell_complete=_complete,
)
@file_argument
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1000),
    default=20,
    help="How many to list, besides those that go on.  [default: 20]",
)
@why_option
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    action: str,
    operation: str | None,
    file: str | None,
    *,
    limit: int,
    why: str,
    environment: str | None,
    output: str,
) -> Exit:
    """See what is done to the platform, follow it, approve it or abort it.

    Only one operation at a time holds the platform. It goes on without you: closing the terminal
    that follows it changes nothing. It outlives its agent, too, and is resumed by the next one.
    """
    folder = chosen(session, file, environment).target.folder
    listed = newest(session, folder, limit=limit)
    if action == "list":
        as_text = output != "json"
        session.screen.data(
            _rows(listed, session.screen) if as_text else json.dumps(all_as_json(listed), indent=1)
        )
        return Exit.FINE
    name = _resolved(operation, listed)
    match action:
        case "show":
            _show(asking.progress(folder, name), session.screen, output)
        case "follow":
            return tell_end(session, followed(session, folder, name), output)
        case _:
            asking.tell(folder, name, Signal(name=action, who=who_types(), why=why))
            session.screen.note(f"{name} is told: {action}.")
            session.screen.note(f"\n  see what it does   groundplan operations follow {name}")
    return Exit.FINE


def _show(progress: Progress, screen: Screen, output: str) -> None:
    if output == "json":
        screen.data(json.dumps(as_json(progress), indent=1))
        return
    asked = progress.operation
    why = f", because: {printable(asked.why)}" if asked.why else ""
    screen.data(f"{asked.kind} {asked.asked} asked for by {printable(asked.who)}{why}")
    for line in told(progress):
        screen.data(line)
    screen.data(ending(asked, screen))


def _rows(operations: tuple[Operation, ...], screen: Screen) -> str:
    if not operations:
        return "No operation was performed here lately."
    rows: list[Row] = [
        (
            each.id,
            Cell(str(each.state), TONES.get(each.state, Tone.BAD)),
            each.who,
            lasted((each.ended or max(each.began, _latest(operations))) - each.began),
            printable(each.summary),
        )
        for each in operations
    ]
    return table([("operation", "state", "who", "took", "summary"), *rows], screen, indent=0)


def _latest(operations: tuple[Operation, ...]) -> float:
    return max(each.ended or each.began for each in operations)


def _resolved(word: str | None, listed: tuple[Operation, ...]) -> str:
    """The operation that is meant: by its name, by the beginning of it, or the only one."""
    if word is None:
        going = [each.id for each in listed if each.ended is None]
        if len(going) == 1:
            return going[0]
        if not going:
            raise Mistake("no operation goes on", try_="groundplan operations, to list the last")
        raise Mistake(f"{len(going)} operations go on", try_=f"one of {', '.join(going)}")
    fitting = [each.id for each in listed if each.id.startswith(word)]
    if word in fitting or not fitting:
        return word  # the agent says whether it knows it
    if len(fitting) > 1:
        raise Mistake(f"'{word}' may be {len(fitting)} operations", try_=", ".join(fitting))
    return fitting[0]

"""`groundplan down`: stops the platform; with --purge it deletes its data, too."""

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import Verb, environment_option, file_argument, why_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import again
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.journalled import journalled
from groundplan.cli.following.waiting import in_turn
from groundplan.cli.terminal.progress import shown


@click.command(
    "down",
    cls=Verb,
    examples=(
        ("groundplan down", "stop every part; `groundplan up` brings all back with its data"),
        ("groundplan down --purge", "delete its data as well, after you typed its name"),
        ("groundplan down --purge --yes", "the same in a script"),
    ),
)
@file_argument
@environment_option
@click.option("--purge", is_flag=True, help="Delete all data, logs and secrets of the platform.")
@why_option
@click.pass_obj
def verb(
    session: Session, /, file: str | None, environment: str | None, *, purge: bool, why: str
) -> Exit:
    """Stop the platform. Its data stays unless you say --purge.

    Without a file it stops the one platform that is built on this machine.
    """
    screen = session.screen
    platform = chosen(session, file, environment)
    folder = platform.target.folder
    if platform.built is None and not folder.exists():
        screen.data(f"Nothing to do: {platform} is not built here.")
        return Exit.FINE
    if purge:
        _agree(session, platform)
    session.when_interrupted = (
        f"parts may still run; `{again('down', file, environment)}` stops the rest"
    )
    words = "down --purge" if purge else "down"
    with (
        journalled(session, folder, words, why=why, must=False),
        shown(screen, done="stopped") as report,
    ):
        in_turn(session, folder, lambda: platform.target.down(purge=purge, report=report))
    if purge:
        screen.data(f"{platform} is gone, with everything in {folder} ({session.took()}).")
    else:
        screen.data(f"{platform} is down ({session.took()}). Its data stays in {folder}.")
        screen.note(
            f"\n  bring it back   {again('up', file, environment)}"
            f"\n  delete it all   {again('down --purge', file, environment)}"
        )
    return Exit.FINE


def _agree(session: Session, platform: Chosen) -> None:
    """Deleting data needs the platform's name typed, or --yes."""
    screen = session.screen
    if screen.yes:
        return
    if not screen.may_ask:
        raise Mistake(
            f"deleting all data of {platform} needs an answer, and nobody can be asked",
            try_="groundplan down --purge --yes",
        )
    screen.error(f"This deletes all data of {platform}, in {platform.target.folder}.")
    typed = click.prompt(
        f"Type {platform.platform} to go on", default="", show_default=False, err=True
    )
    if typed != platform.platform:
        raise Mistake(
            f"'{typed}' is not {platform.platform}: nothing was deleted",
            try_="the same again, or `groundplan down`, which keeps the data",
        )

"""`groundplan secrets rotate`: new credentials for every store, without an outage."""

import click

from groundplan.cli.asked.options import (
    Verb,
    Word,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import performed, tell_end


@click.command(
    "secrets",
    cls=Verb,
    examples=(
        ("groundplan secrets rotate", "new passwords for PostgreSQL and Redis"),
        ("groundplan secrets rotate -o json", "the same, for programs"),
    ),
)
@click.argument("action", cls=Word, told="rotate", type=click.Choice(("rotate",)))
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    action: str,
    file: str | None,
    environment: str | None,
    output: str,
) -> Exit:
    """Make new credentials for the stores of the platform that runs here.

    Old and new are both let in while the services are restarted one by one; then the old ones are
    refused, and tried everywhere. No password is ever shown; they lie in the platform's folder.
    """
    folder = chosen(session, file, environment).target.folder
    return tell_end(session, performed(session, folder, "rotate-credentials", {}), output)

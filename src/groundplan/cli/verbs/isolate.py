"""`groundplan isolate REGION`: shuts a region off and keeps what it said; `--end` takes it back."""

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
    "isolate",
    cls=Verb,
    examples=(
        ("groundplan isolate us-east-1", "nobody is sent there, nothing serves there"),
        ("groundplan isolate us-east-1 --end", "it serves again, with the present credentials"),
    ),
)
@click.argument("region", cls=Word, told="The region that is not to be trusted.")
@file_argument
@click.option("--end", is_flag=True, help="Take the region in again.")
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    region: str,
    file: str | None,
    *,
    end: bool,
    environment: str | None,
    output: str,
) -> Exit:
    """Shut a region off, as after a break-in: the others go on.

    The edge sends nobody there, its parts are stopped, and what they said is copied and sealed. The
    database has to take its writes elsewhere; `groundplan switchover` moves it without a loss.
    Then `groundplan secrets rotate` makes what was stolen worthless.
    """
    folder = chosen(session, file, environment).target.folder
    kind = "readmit" if end else "isolate"
    return tell_end(session, performed(session, folder, kind, {"region": region}), output)

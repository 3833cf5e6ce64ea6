"""`groundplan isolate REGION`: shuts a region off and keeps what it said; `--end` takes it back."""

import click

from groundplan.cli.asked.options import (
    Verb,
    Word,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.cloud import names as cloud_names
from groundplan.cli.cloud.account import Wish, carry_out_option, of_cloud, target_option
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import performed, tell_end


@click.command(
    "isolate",
    cls=Verb,
    examples=(
        ("groundplan isolate us-east-1", "nobody is sent there, nothing serves there"),
        ("groundplan isolate us-east-1 --end", "it serves again, with the present credentials"),
        ("groundplan isolate us-east-1 --target cloud", "in AWS: shows the calls, makes none"),
        ("groundplan isolate edge --target cloud --carry-out", "past Cloudflare, for its outages"),
    ),
)
@click.argument(
    "region", cls=Word, told="The region that is not to be trusted; in a cloud also edge."
)
@file_argument
@click.option("--end", is_flag=True, help="Take the region in again.")
@environment_option
@target_option
@carry_out_option
@why_option
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
    target: str,
    carry_out: bool,
    why: str,
    output: str,
) -> Exit:
    """Shut a region off, as after a break-in: the others go on.

    The edge sends nobody there, its parts are stopped, and what they said is copied and sealed. The
    database has to take its writes elsewhere; `groundplan switchover` moves it without a loss.
    Then `groundplan secrets rotate` makes what was stolen worthless.

    With --target cloud only the public names change, at Route 53: they lead past the region, or
    with `edge` around Cloudflare, until --end or the next `groundplan apply`.
    """
    of_cloud(target, carry_out=carry_out, why=why)
    if target == "cloud":
        what = f"isolate {region}{' --end' if end else ''}"
        wish = Wish(what=what, carry_out=carry_out, why=why, output=output)
        return cloud_names.led(session, region, file, environment, end=end, wish=wish)
    folder = chosen(session, file, environment).target.folder
    kind = "readmit" if end else "isolate"
    return tell_end(session, performed(session, folder, kind, {"region": region}), output)

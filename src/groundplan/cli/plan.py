"""`groundplan plan [FILE]`: what `up` would change."""

import click

from groundplan.cli import month
from groundplan.cli.exits import Exit
from groundplan.cli.options import (
    Verb,
    environment_option,
    file_argument,
    output_option,
    regions_option,
)
from groundplan.cli.plans import as_json, as_text
from groundplan.cli.regions import regions_named
from groundplan.cli.session import Session
from groundplan.cli.source import read
from groundplan.cli.target import target_of
from groundplan.design.build import build


@click.command(
    "plan",
    cls=Verb,
    examples=(
        ("groundplan plan", "what `groundplan up` would do"),
        ("groundplan plan --detailed-exitcode", "exit 2 if it would do anything"),
        ("groundplan plan --regions all -o json", "for all regions, for a program"),
    ),
)
@file_argument
@regions_option
@environment_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there is a difference.")
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    regions: str | None,
    environment: str | None,
    *,
    detailed_exitcode: bool,
    output: str,
) -> Exit:
    """Show the difference between the file and what runs on this machine. Changes nothing.

    `+` is new, `~` changes in place, `-` leaves, `±` is replaced. The last line is what a month of
    the file's platform costs in the cloud, and what it cost as it was built here before.
    """
    source = read(session, file, environment)
    design = build(source, regions=regions_named(regions))
    target = target_of(session, design, source)
    plan, old, new = target.plan(design), month.kept(target.folder), month.month_of(source)
    if output == "json":
        session.screen.data(as_json(plan, design, old, new))
    else:
        session.screen.data(as_text(plan, design, session.screen))
        if new and (old != new or not plan.is_empty):
            session.screen.data(month.told(old, new))
    is_different = detailed_exitcode and not plan.is_empty
    return Exit.DIFFERENT if is_different else Exit.FINE

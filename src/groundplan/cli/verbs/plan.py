"""`groundplan plan [FILE]`: what `up` would change."""

from pathlib import Path

import click

from groundplan.cli.asked import month
from groundplan.cli.asked.options import (
    Verb,
    environment_option,
    file_argument,
    output_option,
    regions_option,
)
from groundplan.cli.asked.released import design_of
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.cloud import plan as cloud_plan
from groundplan.cli.exits import Exit
from groundplan.cli.shown.plans import as_json, as_text
from groundplan.design.picture import Form, scene
from groundplan.design.picture import picture as drawn
from groundplan.spec.load import Source


@click.command(
    "plan",
    cls=Verb,
    examples=(
        ("groundplan plan", "what `groundplan up` would do"),
        ("groundplan plan --detailed-exitcode", "exit 2 if it would do anything"),
        ("groundplan plan --regions all -o json", "for all regions, for a program"),
        ("groundplan plan --target cloud --dir infra", "what a cloud would have, and what changes"),
        ("groundplan plan --target cloud --picture svg > cloud.svg", "a picture of it"),
    ),
)
@file_argument
@regions_option
@environment_option
@click.option(
    "--target",
    type=click.Choice(["local", "cloud"]),
    default="local",
    help="What is planned: this machine, or a cloud.",
)
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="For a cloud: the folder that was rendered before, to tell what would change.",
)
@click.option(
    "--picture",
    type=click.Choice([form.value for form in Form]),
    help="Print a picture of the regions in place of the plan: SVG, or Mermaid for Markdown.",
)
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
    target: str,
    folder: Path | None,
    picture: str | None,
    detailed_exitcode: bool,
    output: str,
) -> Exit:
    """Show the difference between the file and what runs on this machine. Changes nothing.

    `+` is new, `~` changes in place, `-` leaves, `±` is replaced. The last line is what a month of
    the file's platform costs in the cloud, and what it cost as it was built here before.

    With --target cloud: what each region would have and cost, from the smallest number of
    machines to the largest, traffic left out; with --dir also which rendered files would change.
    """
    source = read(session, file, environment)
    if picture:
        return _drawn(session, source, file, regions, target=target, form=Form(picture))
    if target == "cloud":
        return cloud_plan.planned(
            session,
            file,
            source,
            environment=environment,
            folder=folder,
            output=output,
            detailed=detailed_exitcode,
        )
    is_different = _local(session, source, regions, output)
    return Exit.DIFFERENT if detailed_exitcode and is_different else Exit.FINE


def _drawn(
    session: Session,
    source: Source,
    file: str | None,
    regions: str | None,
    *,
    target: str,
    form: Form,
) -> Exit:
    shown = (
        cloud_plan.scene_of(session, file, source)
        if target == "cloud"
        else scene(design_of(session, source, regions)[0])
    )
    session.screen.data(drawn(shown, form).rstrip("\n"))
    return Exit.FINE


def _local(session: Session, source: Source, regions: str | None, output: str) -> bool:
    """Prints what `up` would do; whether it would do anything."""
    design, built = design_of(session, source, regions)
    plan, old, new = built.plan(design), month.kept(built.folder), month.month_of(source)
    if output == "json":
        session.screen.data(as_json(plan, design, old, new))
    else:
        session.screen.data(as_text(plan, design, session.screen))
        if new and (old != new or not plan.is_empty):
            session.screen.data(month.told(old, new))
    return not plan.is_empty

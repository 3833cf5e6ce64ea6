"""`groundplan schema`: the platform file's JSON Schema."""

import json

import click

from groundplan.cli.asked.options import Verb
from groundplan.cli.asked.session import Session
from groundplan.spec.schema import schema


@click.command(
    "schema",
    cls=Verb,
    examples=(
        ("groundplan schema > platform.schema.json", "for an editor or a validator"),
        (
            "# yaml-language-server: $schema=platform.schema.json",
            "first line of platform.yaml: completion while you write it",
        ),
    ),
)
@click.pass_obj
def verb(session: Session) -> None:
    """Print the JSON Schema (2020-12) of the platform file."""
    session.screen.data(json.dumps(schema(), indent=1))

"""`groundplan version`."""

import json
import platform

import click

from groundplan import __version__
from groundplan.cli.asked.options import FORMAT_VERSION, Verb, output_option
from groundplan.cli.asked.session import Session


@click.command(
    "version",
    cls=Verb,
    examples=(
        ("groundplan version", "the version, for people"),
        ("groundplan version -o json", "the same for programs, with Python and the system"),
    ),
)
@output_option("json")
@click.pass_obj
def verb(session: Session, output: str) -> None:
    """Print the version."""
    if output == "text":
        session.screen.data(f"groundplan {__version__}")
        return
    facts = {
        "format_version": FORMAT_VERSION,
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    session.screen.data(json.dumps(facts, indent=1))

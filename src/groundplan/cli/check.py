"""`groundplan check [FILE]`: every finding, without touching anything."""

import json

import click

from groundplan.cli.exits import Exit
from groundplan.cli.findings import as_data, as_text
from groundplan.cli.options import Verb, environment_option, file_argument, output_option
from groundplan.cli.screen import Screen, Tone
from groundplan.cli.session import Session
from groundplan.cli.source import path_of, read
from groundplan.cli.words import counted
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.errors import Finding, Severity, SpecError

NEVER = "never"


@click.command(
    "check",
    cls=Verb,
    examples=(
        ("groundplan check", "everything that is wrong with ./platform.yaml"),
        ("groundplan check --env staging", "the file as that environment changes it"),
        ("groundplan check -o json | jq .findings", "the findings for a program"),
        ("groundplan check --fail-on high", "exit 1 only for what is high or critical"),
    ),
)
@file_argument
@environment_option
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), NEVER]),
    default=Severity.LOW.value,
    help="Exit 1 for a finding of this severity or worse.  [default: low]",
)
@output_option("json")
@click.pass_obj
def verb(
    session: Session, /, file: str | None, environment: str | None, fail_on: str, output: str
) -> Exit:
    """Find everything that is wrong with the file.

    Findings go to stdout, in the order of the file. Nothing is built, and no service is asked.
    A file that cannot be used as it is ends with exit code 3 whatever --fail-on says.
    """
    design: Design | None = None
    findings: tuple[Finding, ...] = ()
    try:
        design = build(read(session, file, environment), regions="all")
    except SpecError as error:
        findings = error.findings
    if output == "json":
        session.screen.data(json.dumps(as_data(design is not None, findings), indent=1))
    elif findings:
        session.screen.data(as_text(findings, session.screen))
        session.screen.note(f"\n{counted(len(findings), 'finding')} in {path_of(file)}")
    elif design is not None:
        session.screen.data(_fine(path_of(file).name, design, session.screen))
    return _exit(design is not None, findings, fail_on)


def _fine(name: str, design: Design, screen: Screen) -> str:
    return (
        f"{screen.paint('fine', Tone.GOOD)}  {name}: {design.platform} ({design.environment}), "
        f"{counted(len(design.regions), 'region')}, {counted(len(design.promises), 'promise')}, "
        "no findings"
    )


def _exit(is_valid: bool, findings: tuple[Finding, ...], fail_on: str) -> Exit:
    if not is_valid:
        return Exit.WRONG_FILE
    if fail_on == NEVER:
        return Exit.FINE
    order = list(Severity)
    limit = order.index(Severity(fail_on))
    counts = any(order.index(finding.severity) <= limit for finding in findings)
    return Exit.BROKEN if counts else Exit.FINE

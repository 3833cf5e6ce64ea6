"""`groundplan check [FILE]`: every finding, without touching anything."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from groundplan import __version__
from groundplan.checks.baseline import written
from groundplan.checks.change import compare
from groundplan.checks.rule import Rule
from groundplan.checks.run import Report
from groundplan.checks.sarif import sarif
from groundplan.cli.asked.audit import Audit, audit
from groundplan.cli.asked.options import Verb, environment_option, file_argument, output_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import path_of, read
from groundplan.cli.exits import Exit
from groundplan.cli.shown import reports
from groundplan.cli.shown.findings import as_text
from groundplan.cli.shown.rows import as_data
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import counted
from groundplan.design.promises import promises
from groundplan.errors import Finding, Severity, SpecError
from groundplan.spec.environments import WITHOUT_OVERLAY
from groundplan.spec.load import Source

NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for."""

    file: str | None
    environment: str | None
    fail_on: str
    output: str
    baseline: Path | None
    write_baseline: Path | None
    diff: Path | None
    trace: bool


@click.command(
    "check",
    cls=Verb,
    examples=(
        ("groundplan check", "everything that is wrong with ./platform.yaml"),
        ("groundplan check --env staging", "the file as that environment changes it"),
        ("groundplan check -o sarif > check.sarif", "for code scanning; also json, markdown"),
        ("groundplan check -", "what another program writes to the standard input"),
        ("groundplan check --fail-on critical", "exit 1 only for what is critical"),
        ("groundplan check --write-baseline known.json", "accept today's findings"),
        ("groundplan check --baseline known.json", "show only what is new since then"),
        ("groundplan check --diff old.yaml", "what a change made better or worse"),
    ),
)
@file_argument
@environment_option
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), NEVER]),
    default=Severity.HIGH.value,
    help="Exit 1 for a finding of this severity or worse.  [default: high]",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Findings that are accepted for now: they are not shown and do not fail.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Write today's findings there as accepted.",
)
@click.option(
    "--diff",
    type=click.Path(path_type=Path, readable=False),
    metavar="OLD",
    help="Compare with an older file: only what is new can fail.",
)
@output_option("json", "sarif", "markdown")
@click.pass_context
def verb(context: click.Context, /, **wishes: Any) -> Exit:
    """Find everything that is wrong with the file.

    Findings go to stdout, the worst first. Nothing is built, and no service is asked. A file that
    cannot be used as it is ends with exit code 3 whatever --fail-on says.
    """
    session: Session = context.obj
    wish = Wish(**wishes, trace=session.trace)
    try:
        source = read(session, wish.file, wish.environment, may_stream=True)
        new = audit(source, baseline=wish.baseline)
        old = _older(session, wish, source) if wish.diff else None
    except SpecError as error:
        return _wrong(session, wish, error.findings)
    if wish.write_baseline:
        accepted = (*new.report.findings, *new.report.in_baseline)
        wish.write_baseline.write_text(written(accepted), encoding="utf-8")
        session.screen.note(f"{counted(len(accepted), 'finding')} accepted")
        return _verdict(session, wish, new, ())
    if old:
        return _difference(session, wish, old, new)
    _show(session, wish, new)
    return _verdict(session, wish, new, new.report.findings)


def _wrong(session: Session, wish: Wish, findings: tuple[Finding, ...]) -> Exit:
    """A file that does not load has load findings only."""
    if wish.output == "json":
        session.screen.data(json.dumps(as_data(False, findings), indent=1))
    elif wish.output == "sarif":
        _sarif(session.screen, Report(findings=findings), ())
    elif wish.output == "markdown":
        session.screen.data(reports.wrong_markdown(path_of(wish.file), findings))
    else:
        session.screen.data(as_text(findings, session.screen))
        first = findings[0].place
        where = first.file if first else path_of(wish.file)
        session.screen.note(f"\n{counted(len(findings), 'finding')} in {where}")
    return Exit.WRONG_FILE


def _show(session: Session, wish: Wish, new: Audit) -> None:
    screen = session.screen
    match wish.output:
        case "json":
            screen.data(
                json.dumps(as_data(True, new.report.findings, new.report.crashes), indent=1)
            )
        case "sarif":
            _sarif(screen, new.report, new.rules)
        case "markdown":
            screen.data(reports.markdown(new))
        case _:
            found = bool(new.report.findings)
            screen.data(reports.text(new, screen) if found else _fine(new, screen))
            if found or new.report.set_aside or new.report.in_baseline:
                screen.note(f"\n{reports.totals(new)}")


def _sarif(screen: Screen, report: Report, rules: tuple[Rule, ...]) -> None:
    log = sarif(report, rules, version=__version__, root=Path.cwd())
    screen.data(json.dumps(log, indent=1))


def _fine(new: Audit, screen: Screen) -> str:
    source, report = new.source, new.report
    nothing = "no other findings" if report.set_aside or report.in_baseline else "no findings"
    regions = sum(len(pair.names) for pair in source.platform.regions.values())
    return (
        f"{screen.paint('fine', Tone.GOOD)}  {source.path.name}: {source.platform.platform} "
        f"({source.environment or WITHOUT_OVERLAY}), {counted(regions, 'region')}, "
        f"{counted(len(promises(source)), 'promise')}, {nothing}"
    )


def _older(session: Session, wish: Wish, new: Source) -> Audit:
    """The file before the change, in the same environment where it had that one already."""
    path = str(wish.diff)
    as_it_stands = read(session, path, None)
    if wish.environment is None or wish.environment not in as_it_stands.platform.environments:
        return audit(as_it_stands, baseline=wish.baseline)
    return audit(read(session, path, wish.environment), baseline=wish.baseline)


def _difference(session: Session, wish: Wish, old: Audit, new: Audit) -> Exit:
    change = compare(old.report, new.report)
    screen = session.screen
    match wish.output:
        case "json":
            data = {
                "format_version": "1.0",
                "worse": as_data(True, change.worse)["findings"],
                "better": as_data(True, change.better)["findings"],
                "same": len(change.same),
                "usd_per_month": {
                    "old": round(old.month.usd, 2),
                    "new": round(new.month.usd, 2),
                },
            }
            screen.data(json.dumps(data, indent=1))
        case "sarif":
            _sarif(screen, replace(new.report, findings=change.worse), new.rules)
        case "markdown":
            screen.data(reports.change_markdown(change, old, new))
        case _:
            screen.data(reports.change_text(change, old, new, screen))
    return _verdict(session, wish, new, change.worse)


def _verdict(session: Session, wish: Wish, new: Audit, found: tuple[Finding, ...]) -> Exit:
    for line in reports.crashes(new.report, session.screen, trace=wish.trace):
        session.screen.error(line)
    if new.report.crashes:
        return Exit.REFUSED
    return verdict(found, wish.fail_on)


def verdict(findings: tuple[Finding, ...], fail_on: str) -> Exit:
    """The exit code for findings of a file that loads."""
    if fail_on == NEVER:
        return Exit.FINE
    order = list(Severity)
    limit = order.index(Severity(fail_on))
    fails = any(order.index(finding.severity) <= limit for finding in findings)
    return Exit.BROKEN if fails else Exit.FINE

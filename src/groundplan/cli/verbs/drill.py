"""`groundplan drill [SCENARIO]`: breaks something for real, and times the response."""

import json
import statistics

import click

from groundplan.agent.performing.operation import Progress, as_json
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    Word,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import performed, tell_end
from groundplan.cli.terminal.screen import Screen
from groundplan.cli.terminal.table import Row, table
from groundplan.design.design import Design
from groundplan.design.drills import Drill
from groundplan.ports.journal import Json, State
from groundplan.promise.promise import Verdict


@click.command(
    "drill",
    cls=Verb,
    examples=(
        ("groundplan drill", "what can be rehearsed here"),
        ("groundplan drill regional-outage --yes", "kill the primary region, see who takes over"),
        ("groundplan drill database-corruption", "wait for an approval, then restore"),
        ("groundplan drill edge-loss --runs 5 --yes", "five times, with the median"),
    ),
)
@click.argument(
    "scenario", cls=Word, told="What is rehearsed.  [default: list all]", required=False
)
@file_argument
@click.option("--region", help="Where it happens.  [default: where the database takes writes]")
@click.option("--runs", type=click.IntRange(1, 100), default=1, help="How often.  [default: 1]")
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    scenario: str | None,
    file: str | None,
    *,
    region: str | None,
    runs: int,
    environment: str | None,
    output: str,
) -> Exit:
    """Rehearse a scenario on the platform that runs here, for real, and time it.

    Parts are killed, hung or corrupted, and the response is the one that the file declares.
    Somebody reads and writes all the while; afterwards everything is as it was before. What was
    measured goes to the ledger, the report to the platform's folder.
    """
    platform = chosen(session, file, environment)
    design = platform.built
    if design is None:
        raise Mistake(f"{platform} is not built here", try_="groundplan up")
    if scenario is None:
        session.screen.data(_listed(design, session.screen, output))
        return Exit.FINE
    drill = _named(design, scenario)
    _agree(session, drill, platform)
    yes = session.screen.yes
    arguments: dict[str, Json] = {"name": drill.name, "region": region or "", "is_approved": yes}
    done: list[Progress] = []
    for number in range(runs):
        if runs > 1:
            session.screen.note(f"run {number + 1} of {runs}")
        why = f"{number + 1} of {runs}"
        done.append(performed(session, platform.target.folder, "drill", arguments, why=why))
        if done[-1].operation.state is not State.DONE:
            break
    return _told(session, done, output)


def _told(session: Session, done: list[Progress], output: str) -> Exit:
    if output == "json" and len(done) > 1:
        session.screen.data(json.dumps([as_json(progress) for progress in done], indent=1))
    else:
        for progress in done:
            tell_end(session, progress, output)
    if output == "text" and len(done) > 1:
        session.screen.data(_summary(done))
    if any(progress.operation.state is not State.DONE for progress in done):
        return Exit.REFUSED
    verdicts = {progress.operation.facts.get("verdict") for progress in done}
    return Exit.FINE if verdicts == {Verdict.KEPT} else Exit.BROKEN


def _summary(done: list[Progress]) -> str:
    """RTO min, median and max of the runs that were served again."""
    found = [progress.operation.facts.get("rto_seconds") for progress in done]
    times = sorted(float(value) for value in found if isinstance(value, float | int))
    if not times:
        return "no run was served again"
    middle = statistics.median(times)
    return (
        f"{len(times)} of {len(done)} runs served again: "
        f"min {times[0]:.2f} s, median {middle:.2f} s, max {times[-1]:.2f} s"
    )


def _listed(design: Design, screen: Screen, output: str) -> str:
    if output == "json":
        drills = [
            {"name": drill.name, "title": drill.title, "rto_seconds": drill.rto_seconds}
            for drill in design.drills
        ]
        return json.dumps({"format_version": "1.0", "drills": drills}, indent=1)
    rows: list[Row] = [(drill.name, drill.title, _response(drill)) for drill in design.drills]
    return table([("drill", "what happens", "response"), *rows], screen, indent=0)


def _response(drill: Drill) -> str:
    action = drill.action or "the platform helps itself"
    return action if drill.is_automatic else f"{action}, when somebody approves it"


def _named(design: Design, name: str) -> Drill:
    for drill in design.drills:
        if drill.name == name:
            return drill
    names = ", ".join(drill.name for drill in design.drills)
    raise Mistake(f"there is no drill '{name}'", try_=f"one of {names}")


def _agree(session: Session, drill: Drill, platform: Chosen) -> None:
    """A drill breaks what somebody may be using: never by accident."""
    if session.screen.yes:
        return
    if not session.screen.may_ask:
        raise Mistake(
            f"the drill {drill.name} breaks parts of {platform}, and nobody can be asked",
            try_=f"groundplan drill {drill.name} --yes, when nobody needs the platform meanwhile",
        )
    session.screen.error(f"{drill.title}: this breaks parts of {platform} for real.")
    if not click.confirm("Go on?", err=True):
        raise Mistake("nothing was broken", try_="`groundplan drill` lists what can be rehearsed")

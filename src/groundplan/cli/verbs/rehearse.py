"""`groundplan rehearse [FILE]`: the file's rollout of a release, on a virtual clock."""

import json

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    FORMAT_VERSION,
    Verb,
    environment_option,
    file_argument,
    output_option,
    regions_option,
)
from groundplan.cli.asked.regions import regions_named
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.table import table
from groundplan.design.meeting import ways_for
from groundplan.design.regions import chosen_regions
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.plan import Plan, plan_for
from groundplan.operations.delivery.run import rehearse
from groundplan.spec.load import Source
from groundplan.twin.releases import Behaviour, TwinReleases
from groundplan.units import Percent

Line = tuple[float, str, str, str]  # seconds, phase, shares, reason


class _Share(click.ParamType[float]):
    name = "percent"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """As a fraction of one."""
        try:
            share = Percent.parse(str(value)).ratio
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return share if share <= 1 else self.fail(f"{value} is more than all", param, ctx)


@click.command(
    "rehearse",
    cls=Verb,
    examples=(
        ("groundplan rehearse", "a good release, step by step"),
        ("groundplan rehearse --errors 20%", "a bad one, and how soon it is gone"),
        ("groundplan rehearse --errors 2% --rate 5 --bursts", "few requests, failing in bursts"),
        ("groundplan rehearse --slow 30% -o json", "a slow one, for a program"),
    ),
)
@file_argument
@regions_option
@environment_option
@click.option("--service", metavar="S", help="The service.  [default: the file's first]")
@click.option("--errors", type=_Share(), default="0.1%", show_default=True, help="That fail.")
@click.option("--slow", type=_Share(), default="0%", show_default=True, help="Over the limit.")
@click.option("--bursts", is_flag=True, help="Failures come two seconds at a time.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1e6),
    default=50.0,
    show_default=True,
    help="Requests/s in each region.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other chances.")
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    regions: str | None,
    environment: str | None,
    service: str | None,
    *,
    errors: float,
    slow: float,
    bursts: bool,
    rate: float,
    seed: int,
    output: str,
) -> Exit:
    """Rehearse a release of a service as the file would have it rolled out. Changes nothing.

    The judge, the steps and the waves are the ones of a real rollout; traffic and time are made of
    arithmetic. The stable version fails 0.1% of its requests.
    """
    source = read(session, file, environment)
    plan = _plan(source, service, regions)
    behaviour = Behaviour.steady(errors, bursty=bursts).with_slow(slow)
    releases = TwinReleases(
        regions=plan.regions,
        requests_per_second=rate,
        canary=behaviour,
        stable=Behaviour.steady(min(errors, 0.001), bursty=bursts),
        seed=seed,
        bounds=len(plan.bounds),
        ways=ways_for(source.platform, plan.service, plan.weights),
    )
    lines, end = _story(plan, releases)
    if output == "json":
        session.screen.data(_as_json(plan, lines, end, releases))
    else:
        session.screen.data(_as_text(session, lines, end, releases))
    for gate in plan.unjudged:
        session.screen.note(f"not judged: {gate}, which nothing measures per version")
    return Exit.FINE


def _plan(source: Source, service: str | None, regions: str | None) -> Plan:
    services = tuple(source.platform.services)
    if not services:
        raise Mistake("the file has no service", try_="add one under services:")
    name = service or services[0]
    if name not in services:
        raise Mistake(f"there is no service '{name}'", try_=f"one of: {', '.join(services)}")
    chosen = chosen_regions(source, regions_named(regions))
    return plan_for(source.platform, name, tuple(region.name for region in chosen))


def _story(plan: Plan, releases: TwinReleases) -> tuple[list[Line], Phase]:
    """A line for each transition, and where it ended."""
    lines: list[Line] = []
    phase = Phase.QUEUED
    for decision in rehearse(plan, releases, releases.clock.passed):
        phase = decision.state.phase
        if not decision.waits:
            shares = " ".join(f"{percent}%" for percent in decision.weights.values())
            lines.append((releases.seconds, phase.value, shares, decision.because))
    if not lines or lines[-1][1] != phase.value:
        lines.append((releases.seconds, phase.value, "", decision.because))
    return lines, phase


def _as_text(session: Session, lines: list[Line], end: Phase, releases: TwinReleases) -> str:
    rows = [(_clock(seconds), phase, shares, why) for seconds, phase, shares, why in lines]
    head = ("time", "phase", "new version", "because")
    return "\n".join(
        (
            f"regions: {', '.join(releases.regions)}",
            table([head, *rows], session.screen),
            f"{end.value} after {_clock(releases.seconds)};"
            f" {releases.failed} of its {releases.answered} requests failed",
        )
    )


def _as_json(plan: Plan, lines: list[Line], end: Phase, releases: TwinReleases) -> str:
    story = [
        {"seconds": seconds, "phase": phase, "weights": shares, "because": why}
        for seconds, phase, shares, why in lines
    ]
    found = {
        "format_version": FORMAT_VERSION,
        "service": plan.service,
        "strategy": plan.strategy,
        "regions": plan.regions,
        "outcome": end.value,
        "seconds": releases.seconds,
        "requests": releases.answered,
        "failed": releases.failed,
        "unjudged": plan.unjudged,
        "story": story,
    }
    return json.dumps(found, indent=1)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

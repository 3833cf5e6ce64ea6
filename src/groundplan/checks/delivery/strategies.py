"""Rules of strategies: one of them moves the traffic, it arrives, and there is a way back."""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from groundplan.checks.delivery.rollouts import (
    CANARY,
    STRATEGY,
    ladder,
    movers,
    step_path,
)
from groundplan.checks.numbers.availability import ErrorBudget
from groundplan.checks.reading import counted, listed, span
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity

REMOVES = re.compile(r"terminat|remov|delet|destroy|tear", re.IGNORECASE)


@rule(
    "DEL001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="One mechanism alone moves the traffic of a service.",
    why="each takes back what the other did: users jump between versions, and no gate judges",
    source="Argo Rollouts, traffic management; Istio, traffic shifting",
)
def one_mechanism_moves_traffic(subject: Subject) -> Iterator[Problem]:
    for service, found in movers(subject.platform).items():
        if len(found) > 1:
            yield Problem(
                path=found[0].home,
                also=tuple(mover.home for mover in found[1:]),
                message=f"{len(found)} mechanisms move the traffic of {service}:"
                f" {listed(mover.words for mover in found)}",
                try_="keep one of deployment_strategy and canary_deployment, or name different"
                " services in each; give the mesh's stable subset weight: 100",
            )
            return


@rule(
    "DEL002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="All places that name the shares of a rollout name the same ones.",
    why="what people read is not what happens, and capacity was planned for other shares",
    source="Argo Rollouts, setWeight; Istio, weighted destinations",
)
def shares_agree(subject: Subject) -> Iterator[Problem]:
    for service, found in movers(subject.platform).items():
        named = [mover for mover in found if mover.shares]
        widest = max(named, key=lambda mover: len(mover.shares), default=None)
        odd = [
            mover
            for mover in named
            if widest and not {*mover.shares} <= {*widest.shares, 0.0, 100.0}
        ]
        if widest and odd:
            yield Problem(
                path=odd[0].path,
                also=tuple(mover.path for mover in named if mover is not odd[0]),
                message=f"the shares of {service} differ: {listed(m.shown for m in named)}",
                try_=f"write the shares of {widest.words} in all of these places",
            )
            return


@rule(
    "DEL003",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The steps of a canary land on its maximum, and from there go on to everybody.",
    why="the last steps are other ones than planned, or the new version never gets all traffic",
    source="Flagger, maxWeight and stepWeight; Argo Rollouts, canary steps",
)
def steps_arrive(subject: Subject) -> Iterator[Problem]:
    canary = subject.platform.canary_deployment
    if canary is None:
        return
    first, step, top = (
        each.percent for each in (canary.initial_traffic, canary.increment, canary.max_traffic)
    )
    if not ladder(canary).lands_on_max:
        count = math.floor((top - first) / step)
        below, above = first + count * step, first + (count + 1) * step
        yield Problem(
            path=f"{CANARY}.increment",
            also=(f"{CANARY}.initial_traffic", f"{CANARY}.max_traffic"),
            message=f"{first} and steps of {step} give {below} and then {above}, never {top}: the"
            f" last step is cut to {top - below}",
            try_=f"set max_traffic: {min(above, Decimal(100))}, or initial_traffic:"
            f" {top % step or step}",
        )
    last = canary.final_traffic or canary.max_traffic
    if last.percent < 100:
        end = "final_traffic" if canary.final_traffic else "max_traffic"
        yield Problem(
            path=f"{CANARY}.{end}",
            also=(f"{CANARY}.success_threshold",),
            message=f"the steps end at {last.percent}%: no step takes the other"
            f" {100 - last.percent}% of the traffic, and no gate judges them",
            try_="add final_traffic: 100",
        )


@rule(
    "DEL017",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Steps that have an order are a list.",
    why="a mapping has no order: a program that sorts its keys runs step 10 before step 2",
    source="YAML 1.2.2, section 3.2.1: mappings are unordered",
)
def ordered_steps_are_a_list(subject: Subject) -> Iterator[Problem]:
    strategy = subject.platform.deployment_strategy
    process = strategy.rollout_process if strategy else ()
    if isinstance(process, Mapping) and len(process) > 1:
        keys = list(process)
        yield Problem(
            path=f"{STRATEGY}.rollout_process",
            also=(step_path(keys[0]), step_path(keys[-1])),
            message=f'{len(keys)} steps are keys of a mapping, "{keys[0]}" to "{keys[-1]}", and'
            " their order is in the names alone",
            try_=f'write a list: "- {keys[0].partition(". ")[2]}: ..." and so on, without numbers',
        )


@rule(
    "DEL018",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A release can be taken back inside the error budget, its schema changes too.",
    why="a bad release lasts as long as its way back; with a schema that the old version cannot"
    " use there is none",
    source="Google, SRE Workbook, chapter 16; Fowler, ParallelChange (expand and contract)",
)
def releases_can_be_taken_back(subject: Subject) -> Iterator[Problem]:
    yield from _way_back(subject)
    strategy, canary = subject.platform.deployment_strategy, subject.platform.canary_deployment
    if subject.platform.primary_database is None or not (strategy or canary):
        return
    for name, service in subject.platform.services.items():
        keys = " ".join((*service.env, *service.config)).casefold()
        uses_database = service.migrate or re.search(r"database|postgres|(?:^|[ _])db_", keys)
        if uses_database and service.schema_changes != "expand_contract":
            said = "are offline" if service.schema_changes else "are not spoken of"
            yield Problem(
                path=f"services.{name}.schema_changes",
                also=("primary_database", STRATEGY if strategy else CANARY),
                message=f"2 versions of {name} use one database during a rollout, and its schema"
                f" changes {said}",
                try_="add schema_changes: expand_contract, and change schemas in that way",
            )


def _way_back(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    strategy, canary, kpis = platform.deployment_strategy, platform.canary_deployment, platform.kpis
    present = [(STRATEGY, strategy), (CANARY, canary)]
    named = [(path, each.rollback_within) for path, each in present if each]
    target = kpis.availability.target if kpis and kpis.availability else None
    minutes = ErrorBudget(target_percent=target.percent).minutes if target else None
    left = f"; {target} leaves {minutes:.1f} min in 30 days" if target else ""
    also = ("kpis.availability.target",) if target else ()
    given = [(path, within) for path, within in named if within]
    for path, within in given:
        if minutes is not None and within and within.seconds > float(minutes) * 60:
            yield Problem(
                path=f"{path}.rollback_within",
                also=also,
                message=f"taking a release back may last {span(within.seconds)}{left}",
                try_=f"keep the old version running, and write at most {minutes:.0f}m",
            )
    if named and not given:
        ends = [step for step in strategy.steps if REMOVES.search(step[2])] if strategy else []
        gone = f', and "{ends[0][1]}" ends the old version' if ends else ""
        yield Problem(
            path=named[0][0],
            also=(*(step_path(key) for key, *_ in ends[:1]), *also),
            message=f"{counted(len(named), 'way')} to release, 0 of them with a time to take one"
            f" back{gone}{left}",
            try_=f"add rollback_within: 5m to {named[0][0]}, and keep the old version for longer",
        )

"""`deployment_strategy` and `canary_deployment`: how a new version takes over."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from groundplan.spec.rollout import HOOKS_MAX, Affinity, Testers, Webhook
from groundplan.spec.section import (
    Command,
    Flag,
    Name,
    Positive,
    Section,
    Shape,
    Share,
    Text,
    UrlPath,
    Whole,
    once,
    refuse,
)
from groundplan.units import Duration, Threshold, WeeklyWindow

_STEP = Shape(
    what="a numbered step",
    form="a number, a dot, a space and a name with underscores",
    example="1. deploy_green",
    pattern=r"[1-9][0-9]*\. [A-Za-z][A-Za-z0-9_]*",
)
StepName = Annotated[str, AfterValidator(_STEP), Field(json_schema_extra=_STEP.schema)]


_LISTED = Shape(
    what="the name of a step",
    form="letters, digits and underscores, with a letter at the beginning",
    example="deploy_green",
    pattern=r"[A-Za-z][A-Za-z0-9_]*",
)
_DAY = Shape(
    what="a day",
    form="a year, a month and a day",
    example="2026-12-24",
    pattern=r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
)


def _exists(day: str) -> str:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise refuse(
            "SPEC005", f"there is no {day}", str(error), "write a day of the calendar"
        ) from error
    return day


Day = Annotated[
    str, AfterValidator(_DAY), AfterValidator(_exists), Field(json_schema_extra=_DAY.schema)
]
ListedName = Annotated[str, AfterValidator(_LISTED), Field(json_schema_extra=_LISTED.schema)]


def _single(step: object) -> object:
    if not isinstance(step, Mapping) or len(step) != 1:
        names = f"{len(step)} names" if isinstance(step, Mapping) else "no name"
        raise refuse(
            "SPEC016",
            f"this step has {names}",
            "an item of the list is one step: its name and what is done",
            'write it like "- deploy_green: Deploy the new version"',
        )
    return step


def _kind_of_steps(value: object) -> str:
    return "(list)" if isinstance(value, list | tuple) else "(numbered)"


# The document's mapping with numbered keys, or a list, which keeps its order in every program.
ListedStep = Annotated[
    Mapping[ListedName, Text],
    BeforeValidator(_single, json_schema_input_type=Mapping[ListedName, Text]),
]
Steps = Annotated[
    Annotated[Mapping[StepName, Text], Tag("(numbered)")]
    | Annotated[tuple[ListedStep, ...], Tag("(list)")],
    Discriminator(_kind_of_steps),
]


class Side(Section):
    """The blue or the green environment: what runs there and its share of the traffic."""

    replicas: Whole
    version: Text
    traffic_weight: Share
    match_live: Flag = False  # as many replicas as serve now, if those are more


class Wave(Section):
    """Regions that get a new version together."""

    regions: Annotated[tuple[Name, ...], Field(min_length=1)]
    bake_time: Duration | None = None  # how long everybody there uses it before the next wave


class Freeze(Section):
    """Days on which nothing is released; both are included."""

    begin: Day
    end: Day
    why: Text | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Freeze":
        if self.end < self.begin:
            raise refuse(
                "SPEC005",
                f"it ends on {self.end}, before it begins on {self.begin}",
                "it would freeze nothing",
                "swap the two days",
                "end",
            )
        return self


class DeploymentStrategy(Section):
    """How releases are done. `rollout_process` is read in the order in which it is written."""

    type: Literal["blue-green", "canary", "rolling"]
    blue_environment: Side | None = None
    green_environment: Side | None = None
    rollout_process: Steps = ()
    services: tuple[Name, ...] = ()  # which ones it is for; none: all
    rollback_within: Duration | None = None  # from the decision to traffic on the old version
    waves: tuple[Wave, ...] = ()  # in this order; regions that none names follow in a last one
    smoke_test: Command | None = None  # run against the new version before it has traffic
    smoke_paths: tuple[UrlPath, ...] = ()  # what each new replica must answer before that, too
    interval: Duration | None = None  # of each share of blue-green; none: the canary's, else 5m
    approvals: tuple[Literal["start", "promote"], ...] = ()  # what waits for a person
    pause_at: tuple[Share, ...] = ()  # after a step with so much, a person says go on
    webhooks: Annotated[tuple[Webhook, ...], once("name", at_most=HOOKS_MAX)] = ()
    change_windows: tuple[WeeklyWindow, ...] = ()  # when a wave may begin; none: always
    freezes: tuple[Freeze, ...] = ()

    @property
    def steps(self) -> tuple[tuple[str | int, str, str], ...]:
        """The steps in order: the key or index, the name without its number, what is done."""
        process = self.rollout_process
        if isinstance(process, Mapping):
            return tuple((key, key.partition(". ")[2], text) for key, text in process.items())
        listed = enumerate(next(iter(step.items())) for step in process)
        return tuple((index, name, text) for index, (name, text) in listed)

    @model_validator(mode="after")
    def _weights_make_a_whole(self) -> "DeploymentStrategy":
        blue, green = self.blue_environment, self.green_environment
        if blue and green:
            total = blue.traffic_weight.percent + green.traffic_weight.percent
            if total != 100:
                raise refuse(
                    "SPEC005",
                    f"the traffic weights of blue and green add up to {total}, not to 100",
                    "each request has to go to exactly one of the two",
                    "make the two weights add up to 100",
                    "green_environment",
                    "traffic_weight",
                )
        return self


class Gate(Section):
    """What a canary must keep to go on. Each item of the document's list has one key."""

    error_rate: Threshold | None = None
    response_time: Threshold | None = None
    cpu_usage: Threshold | None = None
    memory_usage: Threshold | None = None

    @property
    def bounds(self) -> tuple[tuple[str, Threshold], ...]:
        """The metrics that are bounded, by name."""
        named = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, bound) for name, bound in named if bound is not None)

    @model_validator(mode="after")
    def _says_something(self) -> "Gate":
        if not self.bounds:
            raise refuse(
                "SPEC006",
                "the gate names no metric",
                "it would let every version pass",
                'write one, for example error_rate: "< 1%"',
            )
        return self


class CanaryDeployment(Section):
    """Traffic for a new version, in growing shares, as long as the gates are kept."""

    initial_traffic: Share
    increment: Share
    interval: Duration
    success_threshold: Share
    max_traffic: Share
    final_traffic: Share | None = None  # where the rollout ends once max_traffic was kept
    min_requests: Positive | None = None  # a step waits until the canary has had so many
    metrics: tuple[Gate, ...] = ()
    judge: Literal["evidence", "threshold"] = "evidence"  # threshold: the last minute's rate
    monitor: Duration | None = None  # how long everybody uses it while the old one is kept warm
    max_hold: Duration = Duration.parse("1 hour")  # how long an undecided step may take longer
    after_hold: Literal["ask", "continue", "abort"] = "ask"
    services: tuple[Name, ...] = ()  # which ones it is for; none: all
    rollback_within: Duration | None = None  # from the decision to traffic on the old version
    session_affinity: Affinity | None = None
    testers: Testers | None = None
    mirror: Share | None = None  # of reads, copied to the new version in the first step

    @model_validator(mode="after")
    def _traffic_grows(self) -> "CanaryDeployment":
        if self.initial_traffic > self.max_traffic:
            raise refuse(
                "SPEC005",
                f"initial_traffic {self.initial_traffic} is above max_traffic {self.max_traffic}",
                "the canary would start with more than it may ever get",
                "lower initial_traffic, or raise max_traffic",
                "initial_traffic",
            )
        if self.increment.percent == 0:
            raise refuse(
                "SPEC005",
                "increment is 0",
                "the canary would never get more traffic than at the start",
                "write the percentage that each step adds",
                "increment",
            )
        return self

"""`deployment_strategy` and `canary_deployment`: how a new version takes over."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from groundplan.spec.section import Flag, Section, Shape, Share, Text, Whole, refuse
from groundplan.units import Duration, Threshold

_STEP = Shape(
    what="a numbered step",
    form="a number, a dot, a space and a name with underscores",
    example="1. deploy_green",
    pattern=r"[1-9][0-9]*\. [A-Za-z][A-Za-z0-9_]*",
)
StepName = Annotated[str, AfterValidator(_STEP), Field(json_schema_extra=_STEP.schema)]


class Side(Section):
    """The blue or the green environment: what runs there and its share of the traffic."""

    replicas: Whole
    version: Text
    traffic_weight: Share
    match_live: Flag = False  # as many replicas as serve now, if those are more


class DeploymentStrategy(Section):
    """How releases are done. `rollout_process` is read in the order in which it is written."""

    type: Literal["blue-green", "canary", "rolling"]
    blue_environment: Side | None = None
    green_environment: Side | None = None
    rollout_process: Mapping[StepName, Text] = Field(default_factory=dict)

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
    metrics: tuple[Gate, ...] = ()

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

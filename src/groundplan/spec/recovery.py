"""`disaster_recovery`: how long a disaster may last, how much it may cost, what is done."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from groundplan.spec.section import Name, Section, Text, once
from groundplan.units import Duration

Kind = Literal["region", "corruption", "breach", "provider", "edge", "other"]
Store = Literal[
    "cache_layer",
    "data_lake",
    "logging",
    "prometheus",
    "jaeger",
    "registry",
    "secrets",
    "terraform",
]


class Scenario(Section):
    """Something that may happen, and what is done then."""

    name: Text
    trigger: Text
    action: Text
    automation: Literal["automatic", "manual_approval", "manual"]
    kind: Kind | None = None  # none: what its words say
    approval_timeout: Duration | None = None
    remaining_service: Text | None = None  # what users still have meanwhile
    restored_within: Duration | None = None  # none: the rto of all scenarios


class Failover(Section):
    """What an automatic failover is made of."""

    health_signal: Text | None = None  # what tells that the primary region is gone
    after: Duration | None = None  # for how long it tells so, before anything is done
    promoter: Text | None = None  # who makes a replica the primary
    traffic_switch: Text | None = None  # who sends requests to the other region
    fencing: Text | None = None  # what keeps the old primary from taking writes


class StoreRecovery(Section):
    """How a store besides the primary database comes back, and from which regions."""

    recovery: Literal["replicate", "backup", "rebuild", "accept-loss"]
    regions: tuple[Name, ...] = ()


class DisasterRecovery(Section):
    """The recovery time (rto), the data that may be lost (rpo), the scenarios and their means."""

    rto: Duration
    rpo: Duration
    scenarios: Annotated[tuple[Scenario, ...], once("name", at_most=100)] = ()
    failover: Failover | None = None
    stores: Mapping[Store, StoreRecovery] = Field(default_factory=dict)

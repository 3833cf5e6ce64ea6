"""`disaster_recovery`: how long a disaster may last, how much it may cost, what is done."""

from typing import Annotated, Literal

from groundplan.spec.section import Section, Text, once
from groundplan.units import Duration


class Scenario(Section):
    """Something that may happen, and what is done then."""

    name: Text
    trigger: Text
    action: Text
    automation: Literal["automatic", "manual_approval", "manual"]
    approval_timeout: Duration | None = None


class DisasterRecovery(Section):
    """The recovery time (rto), the data that may be lost (rpo), the scenarios."""

    rto: Duration
    rpo: Duration
    scenarios: Annotated[tuple[Scenario, ...], once("name")] = ()

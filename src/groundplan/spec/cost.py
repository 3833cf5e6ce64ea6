"""`cost_monitoring`: budgets, and what costs are told apart by."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from groundplan.spec.section import Section, Text, Whole, once
from groundplan.units import Money, Percent

Cover = Literal["infrastructure", "environments", "transfer", "logs", "support", "licences"]


class Budget(Section):
    """A limit for a month; `alerts` are shares of it and may be above 100%."""

    name: Text
    limit: Money
    alerts: tuple[Percent, ...] = ()
    covers: tuple[Cover, ...] = ()  # what counts against it; environments: those besides the main
    action: Text | None = None  # what is done when the limit is reached


class CostMonitoring(Section):
    """What the platform may cost."""

    budgets: Annotated[tuple[Budget, ...], once("name", at_most=100)] = ()
    cost_allocation_tags: tuple[Text, ...] = ()
    tags: Mapping[Text, Text] = Field(default_factory=dict)  # what every resource is given
    reserved_nodes: Whole | None = None  # machines of each region that are paid for in advance
    optimization_recommendations: tuple[Text, ...] = ()

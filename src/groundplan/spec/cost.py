"""`cost_monitoring`: budgets, and what costs are told apart by."""

from typing import Annotated

from groundplan.spec.section import Section, Text, once
from groundplan.units import Money, Percent


class Budget(Section):
    """A limit for a month; `alerts` are shares of it and may be above 100%."""

    name: Text
    limit: Money
    alerts: tuple[Percent, ...] = ()


class CostMonitoring(Section):
    """What the platform may cost."""

    budgets: Annotated[tuple[Budget, ...], once("name")] = ()
    cost_allocation_tags: tuple[Text, ...] = ()
    optimization_recommendations: tuple[Text, ...] = ()

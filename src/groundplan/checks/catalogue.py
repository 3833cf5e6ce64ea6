"""Every rule, by family, in the order in which they are shown."""

from types import ModuleType

from groundplan.checks import (
    data,
    delivery,
    recovery,
    regions,
    security,
)
from groundplan.checks.capacity import autoscalers, kpis, nodes, replicas, spot, stores
from groundplan.checks.cost_rules import bills, ownership
from groundplan.checks.observability import logs, metrics, traces
from groundplan.checks.rule import Rule, rules_of

FAMILIES: tuple[ModuleType, ...] = (
    recovery,
    *(replicas, autoscalers, nodes, spot, kpis, stores),
    *(bills, ownership),
    security,
    delivery,
    *(logs, traces, metrics),
    data,
    regions,
)


def catalogue() -> tuple[Rule, ...]:
    """All built-in rules."""
    return tuple(rule for module in FAMILIES for rule in rules_of(module))

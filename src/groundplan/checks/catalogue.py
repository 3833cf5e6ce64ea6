"""Every rule, by family, in the order in which they are shown."""

from types import ModuleType

from groundplan.checks import (
    capacity,
    cost_rules,
    data,
    delivery,
    observability,
    recovery,
    regions,
    security,
)
from groundplan.checks.rule import Rule, rules_of

FAMILIES: tuple[ModuleType, ...] = (
    recovery,
    capacity,
    cost_rules,
    security,
    delivery,
    observability,
    data,
    regions,
)


def catalogue() -> tuple[Rule, ...]:
    """All built-in rules."""
    return tuple(rule for module in FAMILIES for rule in rules_of(module))

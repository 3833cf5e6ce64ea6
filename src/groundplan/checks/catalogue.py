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
from groundplan.checks.rule import Rule

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


def rules_of(module: ModuleType) -> tuple[Rule, ...]:
    """The rules that a module holds, by id."""
    found = (value for value in vars(module).values() if isinstance(value, Rule))
    return tuple(sorted(found, key=lambda rule: rule.id))


def catalogue() -> tuple[Rule, ...]:
    """All built-in rules."""
    return tuple(rule for module in FAMILIES for rule in rules_of(module))

"""Every rule, by family, in the order in which they are shown."""

from types import ModuleType

from groundplan.checks.capacity import autoscalers, kpis, nodes, replicas, spot, stores
from groundplan.checks.cost_rules import bills, ownership
from groundplan.checks.data import cache, lake, residency
from groundplan.checks.delivery import gates, jobs, pipelines, routes, strategies
from groundplan.checks.observability import logs, metrics, traces
from groundplan.checks.recovery import (
    availability,
    copies,
    coverage,
    failover,
    loss,
    outages,
    windows,
)
from groundplan.checks.regions import naming, placement
from groundplan.checks.rule import Rule, rules_of
from groundplan.checks.security import (
    credentials,
    edge,
    networks,
    safekeeping,
    state,
    supply,
    versions,
    workloads,
)

FAMILIES: tuple[ModuleType, ...] = (
    *(loss, failover, outages, availability, copies, coverage, windows),
    *(replicas, autoscalers, nodes, spot, kpis, stores),
    *(bills, ownership),
    *(networks, edge, credentials, safekeeping, supply, workloads, versions, state),
    *(strategies, gates, routes, pipelines, jobs),
    *(logs, traces, metrics),
    *(residency, lake, cache),
    *(placement, naming),
)


def catalogue() -> tuple[Rule, ...]:
    """All built-in rules."""
    return tuple(rule for module in FAMILIES for rule in rules_of(module))

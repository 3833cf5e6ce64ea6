"""The dashboards of a platform on this machine: its gateways', services' and own figures."""

from collections.abc import Iterator

from groundplan.design.burn import WINDOWS
from groundplan.design.dashboards import (
    COUNT,
    MILLISECONDS,
    PER_SECOND,
    PERCENT,
    SECONDS,
    SHARE,
    Dashboard,
    Line,
    Panel,
)
from groundplan.design.objectives import GATEWAY, Objective
from groundplan.promise.promise import Promise

_XX = f"envoy_http_downstream_rq_xx{{{GATEWAY}}}"
_FAILED = f'envoy_http_downstream_rq_xx{{{GATEWAY},envoy_response_code_class="5"}}'
_FIFTH = 'envoy_response_code_class="5"'
_UPSTREAM = "envoy_cluster_upstream_rq_xx"
Limits = dict[str, float]


def dashboards(
    promises: tuple[Promise, ...], objectives: tuple[Objective, ...]
) -> tuple[Dashboard, ...]:
    """Indicators with the limits that are promised, error budgets, releases."""
    limits = {promise.id: promise.limit for promise in promises}
    found = [Dashboard(title="Indicators", panels=tuple(_indicators(limits)))]
    if objectives:
        panels = tuple(_budget(each) for each in objectives)
        found.append(Dashboard(title="Error budgets", panels=panels))
    found.append(Dashboard(title="Releases", panels=tuple(_releases())))
    return tuple(found)


def _indicators(limits: Limits) -> Iterator[Panel]:
    yield Panel(
        title="Requests",
        unit=PER_SECOND,
        lines=_line(f"sum by (region) (rate({_XX}[1m]))", "region"),
        limit=limits.get("kpis.scalability.requests_per_second"),
        at_least=True,
        says="Requests that the gateways answered; the line is what must be possible.",
    )
    yield Panel(
        title="Availability",
        unit=SHARE,
        lines=_line(
            f"1 - (sum by (region) (rate({_FAILED}[5m])) or 0 * sum by (region)"
            f" (rate({_XX}[5m]))) / sum by (region) (rate({_XX}[5m]))",
            "region",
        ),
        limit=limits.get("kpis.availability.target"),
        at_least=True,
    )
    yield Panel(
        title="Connections",
        unit=COUNT,
        lines=_line(f"sum by (region) (envoy_http_downstream_cx_active{{{GATEWAY}}})", "region"),
        limit=limits.get("kpis.scalability.concurrent_users"),
        at_least=True,
    )
    yield from _times(limits)


def _times(limits: Limits) -> Iterator[Panel]:
    api = limits.get("kpis.performance.api_response_time")
    yield Panel(
        title="API response time, p95",
        unit=MILLISECONDS,
        lines=(_p95(f"envoy_http_downstream_rq_time_bucket{{{GATEWAY}}}", "region"),),
        limit=None if api is None else api * 1000,
        says="At the gateways.",
    )
    yield Panel(
        title="Service response time, p95",
        unit=SECONDS,
        lines=(_p95("http_request_duration_seconds_bucket", "version"),),
        says="As services measure it themselves; points are traces that are kept.",
    )
    yield Panel(
        title="Database query time, p95",
        unit=SECONDS,
        lines=(_p95("db_query_duration_seconds_bucket", "region"),),
        limit=limits.get("kpis.performance.database_query_time"),
    )


def _budget(objective: Objective) -> Panel:
    """How fast the budget burns in each window; 1 spends it exactly in 30 days."""
    budget = f"{objective.budget.normalize():f}"
    names = dict.fromkeys(name for window in WINDOWS for name in (window.short, window.long))
    page = next(window for window in WINDOWS if window.severity == "page")
    return Panel(
        title=f"{objective.name}: burn",
        unit=COUNT,
        lines=tuple(
            Line(
                query=f'slo:bad:ratio_rate{name}{{slo="{objective.name}"}} / {budget}', legend=name
            )
            for name in names
        ),
        limit=float(page.burn),
        says=f"{objective.statement}. The line is the page of {page.long} and {page.short}.",
    )


def _releases() -> Iterator[Panel]:
    yield Panel(
        title="Requests by version",
        unit=PER_SECOND,
        lines=_line(_by_version(), "envoy_cluster_name"),
        says="Stable and canary of each service, as the gateways count them.",
    )
    yield Panel(
        title="Failed by version",
        unit=SHARE,
        lines=_line(
            f"({_by_version(_FIFTH)} or 0 * {_by_version()}) / {_by_version()}",
            "envoy_cluster_name",
        ),
    )
    yield Panel(
        title="Response time by version, p95",
        unit=MILLISECONDS,
        lines=(_p95("envoy_cluster_upstream_rq_time_bucket", "envoy_cluster_name"),),
    )
    yield Panel(
        title="Weight of the new version",
        unit=PERCENT,
        lines=_line(
            "max by (exported_region) (groundplan_rollout_weight_percent)", "exported_region"
        ),
        says="What the agent wants each region to give it while a rollout goes on.",
    )
    yield Panel(
        title="Healthy replicas",
        unit=COUNT,
        lines=(
            Line(
                query="sum by (envoy_cluster_name, region) (envoy_cluster_membership_healthy)",
                legend="{{region}} {{envoy_cluster_name}}",
            ),
        ),
    )


def _by_version(labels: str = "") -> str:
    return f"sum by (envoy_cluster_name) (rate({_UPSTREAM}{{{labels}}}[1m]))"


def _line(query: str, label: str) -> tuple[Line, ...]:
    """A query whose series are told apart by one label."""
    return (Line(query=query, legend=f"{{{{{label}}}}}"),)


def _p95(histogram: str, label: str) -> Line:
    query = f"histogram_quantile(0.95, sum by (le, {label}) (rate({histogram}[5m])))"
    return Line(query=query, legend=f"{{{{{label}}}}}")

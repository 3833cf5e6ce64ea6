"""Grafana's dashboards of a cluster: indicators with the promised limits, budgets, versions.

One ConfigMap that the sidecar of kube-prometheus-stack finds by its label; the service is chosen on
the page, so that a hundred services cost no more than one.
"""

import json
from collections.abc import Iterator
from decimal import Decimal

from groundplan.design.burn import WINDOWS
from groundplan.design.dashboards import (
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    Dashboard,
    Line,
    Panel,
    grafana,
)
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.queries import DURATION, REQUESTS

NAMESPACE = "monitoring"
LABEL = {"grafana_dashboard": "1"}
SERVICE = "service"
VERSION = "rollouts_pod_template_hash"  # Argo Rollouts gives each version its own


def objects(cluster: Cluster) -> Iterator[Object]:
    """One object where the mesh counts what services answer."""
    meshed = tuple(each for each in cluster.workloads if each.mesh is not None)
    if not meshed:
        return
    platform = cluster.site.platform
    choices = {SERVICE: tuple(each.name for each in meshed)}
    shown = {
        f"{each.slug}.json": json.dumps(grafana(each, platform, choices), indent=1) + "\n"
        for each in _dashboards(meshed)
    }
    yield make(("v1", "ConfigMap"), f"{platform}-dashboards", NAMESPACE, labels=LABEL, data=shown)


def _dashboards(workloads: tuple[Workload, ...]) -> Iterator[Dashboard]:
    availability, slow = workloads[0].availability, workloads[0].slow
    yield Dashboard(title="Indicators", panels=tuple(_indicators(availability, slow)))
    if availability is not None and availability < 1:
        yield Dashboard(title="Error budgets", panels=(_budget(availability),))
    yield Dashboard(title="Releases", panels=tuple(_versions()))


def _indicators(availability: float | None, slow: tuple[float, float] | None) -> Iterator[Panel]:
    yield Panel(
        title="Requests", unit=PER_SECOND, lines=(Line(query=_rate("1m"), legend="requests"),)
    )
    failed = _rate("5m", 'response_code=~"5.."')
    yield Panel(
        title="Availability",
        unit=SHARE,
        lines=(Line(query=f"1 - ({failed} or vector(0)) / {_rate('5m')}", legend="served"),),
        limit=availability,
        at_least=True,
    )
    seconds, share = slow or (None, 0.95)
    yield Panel(
        title=f"Response time, p{share * 100:g}",
        unit=SECONDS,
        lines=(_quantile(share, "le", "all versions"),),
        limit=seconds,
    )


def _budget(availability: float) -> Panel:
    budget = f"{(1 - Decimal(str(availability))).normalize():f}"
    return Panel(
        title="Burn",
        unit=COUNT,
        lines=tuple(
            Line(
                query=f'slo:bad:ratio_rate{window}{{slo="availability",service="${SERVICE}"}}'
                f" / {budget}",
                legend=window,
            )
            for window in dict.fromkeys(
                name for each in WINDOWS for name in (each.short, each.long)
            )
        ),
        limit=float(WINDOWS[0].burn),
        says="1 spends the budget exactly in 30 days. The line is the fastest page.",
    )


def _versions() -> Iterator[Panel]:
    legend = f"{{{{{VERSION}}}}}"
    by = f"sum by ({VERSION}) "
    yield Panel(
        title="Requests by version",
        unit=PER_SECOND,
        lines=(Line(query=by + _rate("1m").removeprefix("sum"), legend=legend),),
    )
    failed = by + _rate("5m", 'response_code=~"5.."').removeprefix("sum")
    yield Panel(
        title="Failed by version",
        unit=SHARE,
        lines=(Line(query=f"{failed} / {by}{_rate('5m').removeprefix('sum')}", legend=legend),),
    )
    yield Panel(
        title="Response time by version, p95",
        unit=SECONDS,
        lines=(_quantile(0.95, f"le, {VERSION}", legend),),
    )


def _rate(window: str, *more: str) -> str:
    return f"sum(rate({REQUESTS}{_chosen(*more)}[{window}]))"


def _quantile(share: float, labels: str, legend: str) -> Line:
    inner = f"sum by ({labels}) (rate({DURATION}{_chosen()}[5m]))"
    return Line(query=f"histogram_quantile({share:g}, {inner}) / 1000", legend=legend)


def _chosen(*more: str) -> str:
    labels = ('reporter="destination"', f'destination_service_name="${SERVICE}"', *more)
    return "{" + ",".join(labels) + "}"


KIND = Kind(file="dashboards.yaml", sections=("kpis",), objects=objects)

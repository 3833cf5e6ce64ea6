"""PrometheusRule of a service: the rules of this machine's Prometheus, with what a mesh counts.

Windows, factors and names are the same (`design/rules.py`); the promises are the file's.
"""

from collections.abc import Iterator
from decimal import Decimal

from groundplan.design.objectives import WINDOW, Objective, as_label
from groundplan.design.rules import Rule, rules
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.queries import DURATION, REQUESTS, of_service

DURATIONS = DURATION.removesuffix("_bucket") + "_count"
QUERIES = "db_query_duration_seconds"  # what a service says of its queries, as on this machine


def objects(workload: Workload) -> Iterator[Object]:
    """One object for a service that has promises to keep."""
    groups = [
        {
            "name": f"{workload.name}.{each.name}",
            "rules": [_with_promise(rule, each.promise) for rule in rules(each)],
        }
        for each in objectives(workload)
    ]
    if groups:
        yield make(
            ("monitoring.coreos.com/v1", "PrometheusRule"),
            workload.name,
            workload.namespace,
            labels=workload.labels,
            spec={"groups": groups},
        )


def objectives(workload: Workload) -> Iterator[Objective]:
    """Requests are counted by the mesh, queries by the service itself."""
    if workload.mesh and workload.availability is not None and workload.availability < 1:
        yield _availability(workload, Decimal(str(workload.availability)))
    if workload.mesh and workload.slow:
        seconds, share = workload.slow
        edge = f"le=~{as_label(Decimal(str(seconds)) * 1000)}"
        yield _timed(
            workload,
            "api_response_time",
            share,
            f"{DURATIONS}{of_service(workload)}",
            f"{DURATION}{of_service(workload, edge)}",
        )
    if workload.slow_queries and workload.written.metrics_path:
        seconds, share = workload.slow_queries
        own = f'namespace="{workload.namespace}",job="{workload.name}"'
        yield _timed(
            workload,
            "database_query_time",
            share,
            f"{QUERIES}_count{{{own}}}",
            f"{QUERIES}_bucket{{{own},le=~{as_label(Decimal(str(seconds)))}}}",
        )


def _availability(workload: Workload, target: Decimal) -> Objective:
    promised = f"{target * 100:f}".rstrip("0").rstrip(".")
    failed = of_service(workload, 'response_code=~"5.."')
    return Objective(
        name="availability",
        promise="kpis.availability.target",
        statement=f"{promised}% of all requests are served",
        target=target,
        bad=f"sum(rate({REQUESTS}{failed}[{WINDOW}]))",
        total=f"sum(rate({REQUESTS}{of_service(workload)}[{WINDOW}]))",
        notify=workload.notified.get("availability", ""),
        service=workload.name,
    )


def _timed(workload: Workload, name: str, share: float, every: str, fast: str) -> Objective:
    total = f"sum(rate({every}[{WINDOW}]))"
    return Objective(
        name=name,
        promise=f"kpis.performance.{name}",
        statement=f"{share * 100:g}% keep the {name.replace('_', ' ')}",
        target=Decimal(str(share)),
        bad=f"({total} - sum(rate({fast}[{WINDOW}])))",
        total=total,
        notify=workload.notified.get(name, ""),
        service=workload.name,
    )


def _with_promise(rule: Rule, promise: str) -> Rule:
    """Its runbook is a page of groundplan's own, which is not in the rendered folder."""
    rule = {**rule, "expr": _in_lines(rule["expr"])}
    if "annotations" not in rule:
        return rule
    told = {key: text for key, text in rule["annotations"].items() if key != "runbook"}
    return {**rule, "annotations": {**told, "promise": promise}}


def _in_lines(expression: str) -> str:
    """For those who read it in a review: what is divided, and by what."""
    text = expression.replace(" / sum", "\n/ sum").replace(" - sum", "\n- sum")
    return f"{text.rstrip()}\n"


KIND = Kind(file="alerts.yaml", sections=("kpis", "prometheus.alerts"), objects=objects)

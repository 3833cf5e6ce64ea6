"""PrometheusRule of a service: how fast it burns its error budget, and how slow it is.

Windows and factors are those of Google's SRE workbook for 30 days: 2% of the budget in an hour or
5% in six hours call somebody, 10% in three days make a ticket. Few requests alone call nobody.
"""

from collections.abc import Iterator
from decimal import Decimal

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.queries import (
    REQUESTS,
    error_share,
    of_service,
    quantile_seconds,
)

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PAGES = (("14.4", "1h", "5m"), ("6", "6h", "30m"))
TICKETS = (("3", "1d", "2h"), ("1", "3d", "6h"))
REQUESTS_MIN = 10  # in the short window


def objects(workload: Workload) -> Iterator[Object]:
    """One object in a mesh that has a promise to keep."""
    if workload.mesh is None or (workload.availability is None and workload.slow is None):
        return
    groups = [*_availability(workload), *_latency(workload)]
    yield make(
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={"groups": groups},
    )


def _availability(workload: Workload) -> Iterator[Object]:
    if workload.availability is None:
        return
    failed = of_service(workload, 'response_code=~"5.."')
    recorded: list[Object] = [
        {
            "record": f"service:errors:share_{window}",
            "expr": error_share(of_service(workload), failed, window),
            "labels": {"service": workload.name},
        }
        for window in WINDOWS
    ]
    budget = Decimal(1) - Decimal(str(workload.availability))
    alerts = [
        _burn(workload, "BurnsBudgetFast", PAGES, budget, "page"),
        _burn(workload, "BurnsBudget", TICKETS, budget, "ticket"),
    ]
    yield {"name": f"{workload.name}.availability", "rules": [*recorded, *alerts]}


def _burn(
    workload: Workload,
    name: str,
    pairs: tuple[tuple[str, str, str], ...],
    budget: Decimal,
    severity: str,
) -> Object:
    def share(window: str) -> str:
        return f'service:errors:share_{window}{{service="{workload.name}"}}'

    def pair(factor: str, long: str, short: str) -> str:
        limit = f"{(Decimal(factor) * budget).normalize():f}"
        return f"(\n  {share(long)} > {limit}\n  and {share(short)} > {limit}\n)"

    traffic = f"sum(increase({REQUESTS}{of_service(workload)}[5m])) > {REQUESTS_MIN}"
    either = "\nor\n".join(pair(*each) for each in pairs)
    promised = f"{Decimal(str(workload.availability)) * 100:f}".rstrip("0").rstrip(".")
    return {
        "alert": name,
        "expr": f"(\n{either}\n)\nand on () {traffic}\n",
        "for": "2m",
        "labels": {"severity": severity, "service": workload.name},
        "annotations": {
            "summary": f"{workload.name} fails faster than {promised}% allows",
            "promise": "kpis.availability.target",
        },
    }


def _latency(workload: Workload) -> Iterator[Object]:
    if workload.slow is None:
        return
    seconds, share = workload.slow
    expression = quantile_seconds(of_service(workload), share, "5m")
    record = f"service:duration:p{share * 100:g}".replace(".", "_")
    yield {
        "name": f"{workload.name}.response-time",
        "rules": [
            {"record": record, "expr": expression, "labels": {"service": workload.name}},
            {
                "alert": "AnswersSlowly",
                "expr": f'{record}{{service="{workload.name}"}} >= {seconds:g}\n',
                "for": "5m",
                "labels": {"severity": "page", "service": workload.name},
                "annotations": {
                    "summary": f"p{share * 100:g} of {workload.name} is above {seconds:g} s",
                    "promise": "kpis.performance.api_response_time",
                },
            },
        ],
    }


KIND = Kind(file="alerts.yaml", sections=("kpis",), objects=objects)

"""The promises to users that can be counted in good and bad requests, and how they are counted.

A bound like "< 200ms (p95)" means that 95 % of the requests take at most 200 ms. What has no such
count (a page's load time in a browser, how many users there may be) is no objective.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from groundplan.design.burn import plain
from groundplan.spec.load import Source
from groundplan.units import Duration, Threshold

WINDOW = "$window"  # what stands in a query where a length of time belongs
GATEWAY = 'envoy_http_conn_manager_prefix="ingress"'
DEFAULT_QUANTILE = Decimal("0.95")  # where the file names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The share of requests that must be good; `bad` and `total` are PromQL, per second."""

    name: str  # the key of the file, "availability"
    promise: str  # the id of the promise that it watches
    statement: str
    target: Decimal  # 0.999
    bad: str
    total: str
    limit_seconds: float | None = None  # the edge of a bucket that the histogram must have
    notify: str = ""  # whom the file tells, "PagerDuty"
    service: str = ""  # whose requests, where each service is counted by itself

    @property
    def budget(self) -> Decimal:
        """The share that may be bad."""
        return 1 - self.target

    @property
    def labels(self) -> dict[str, str]:
        """What its series are told apart by."""
        return {"slo": self.name, **({"service": self.service} if self.service else {})}

    def over(self, query: str, window: str) -> str:
        """`bad` or `total` over a length of time."""
        return query.replace(WINDOW, window)


def objectives(source: Source) -> tuple[Objective, ...]:
    """What the file promises of requests; those with nothing left to fail have no budget."""
    return tuple(found for found in _all(source) if 0 < found.target < 1)


def _all(source: Source) -> Iterator[Objective]:
    kpis = source.platform.kpis
    if kpis is None or not source.platform.services:
        return
    told = notified(source)
    if kpis.availability:
        total = f"sum(rate(envoy_http_downstream_rq_xx{{{GATEWAY}}}[{WINDOW}]))"
        yield Objective(
            name="availability",
            promise="kpis.availability.target",
            statement=f"{kpis.availability.target} of all requests are served",
            target=kpis.availability.target.percent / 100,
            bad=total.replace(GATEWAY, f'{GATEWAY},envoy_response_code_class="5"'),
            total=total,
            notify=told.get("availability", ""),
        )
    histograms = {
        "api_response_time": (f"envoy_http_downstream_rq_time_%s{{{GATEWAY}%s}}", 1000),
        "database_query_time": ("db_query_duration_seconds_%s{%s}", 1),
    }
    for name, (histogram, per_second) in histograms.items():
        threshold: Threshold | None = getattr(kpis.performance, name)
        if threshold and isinstance(threshold.limit, Duration) and threshold.operator[0] == "<":
            limit = Decimal(str(threshold.limit.seconds))
            selectors = (
                _filled(histogram, "count", ""),
                _filled(histogram, "bucket", f"le=~{as_label(limit * per_second)}"),
            )
            yield _timed(name, threshold, selectors, told)


def _timed(
    name: str, threshold: Threshold, selectors: tuple[str, str], told: dict[str, str]
) -> Objective:
    total, fast = (f"sum(rate({each}[{WINDOW}]))" for each in selectors)
    share = DEFAULT_QUANTILE if threshold.quantile is None else Decimal(str(threshold.quantile))
    limit = threshold.limit
    assert isinstance(limit, Duration)
    return Objective(
        name=name,
        promise=f"kpis.performance.{name}",
        statement=f"{plain(share * 100)}% have a {name.replace('_', ' ')} of at most {limit}",
        target=share,
        bad=f"({total} - {fast})",
        total=total,
        limit_seconds=limit.seconds,
        notify=told.get(name, ""),
    )


def _filled(histogram: str, series: str, label: str) -> str:
    comma = "," if label and GATEWAY in histogram else ""
    return histogram % (series, comma + label)


def as_label(edge: Decimal) -> str:
    """A bucket's edge as clients write it: 1, 1.0 or 0.1."""
    text = plain(edge)
    return f'"{text.replace(".", "[.]")}"' if "." in text else f'"{text}([.]0)?"'


def notified(source: Source) -> dict[str, str]:
    """Whom the file tells of what it watches."""
    written = source.platform.prometheus
    return {alert.watches: alert.notify for alert in written.alerts} if written else {}

"""Response times at the promised load: what services and the database take, and the ways between.

At the worse end times of service vary as exponential ones do, and percentiles of what follows each
other are added; at the better end they are constant and nothing waits.
"""

import math
from dataclasses import dataclass

from groundplan.checks.numbers.distance import TYPICAL_PATH
from groundplan.checks.numbers.queueing import Queue
from groundplan.checks.proofs.distance import PATH_MAX, Site
from groundplan.checks.proofs.load import (
    CLASS,
    busiest,
    cores,
    processors,
    promised_rate,
    reads_elsewhere,
)
from groundplan.checks.proofs.spread import Spread, Values, exactly, of_figure
from groundplan.checks.subject import Subject

SERVERS_MAX = 1000  # of one line; more are taken as several lines, which is never better
SIDECARS = "istio.sidecar.latency.p99"


def spreads(subject: Subject) -> dict[str, Spread]:
    """The ranges of all that decides how long things take."""
    figures, found = subject.figures, cores(subject)
    say = f"{found[0].fleet.path}.resources.requests.cpu" if found else "services"
    is_known = processors(subject) is not None or subject.platform.primary_database is None
    return {
        "cpu": of_figure(figures.cpu_per_request, "cpu_per_request"),
        "share": busiest(subject),
        "headroom": Spread(likely=0, better=1, worse=0, say=say),
        "query": of_figure(figures.database_time_per_query, "database_time_per_query"),
        "queries": of_figure(figures.queries_per_request, "queries_per_request"),
        "writes": of_figure(figures.write_share, "write_share"),
        "unsized": exactly(0) if is_known else Spread(likely=0, better=0, worse=1, say=CLASS),
        "far": Spread(likely=1, better=0.5, worse=2),
        "path": Spread(likely=TYPICAL_PATH, better=1, worse=PATH_MAX),
        "variation": Spread(likely=1, better=0, worse=1),
    }


def service_seconds(subject: Subject, values: Values, share: float) -> float:
    """In the busiest region. Each service gets requests as it has processors."""
    rate = (promised_rate(subject) or 0.0) * values["share"]
    found = cores(subject)
    rooms = [each.between(values["headroom"]) for each in found]
    whole = sum(each.fleet.high * room for each, room in zip(found, rooms, strict=True))
    times = [0.0]
    for each, room in zip(found, rooms, strict=True):
        line = _Line(
            arrivals=rate * each.fleet.high * room / whole if whole else rate,
            service=values["cpu"] / min(1.0, room),
            servers=each.fleet.high * max(1, math.floor(room)),
        )
        times.append(line.seconds(values["variation"], share))
    return max(times)


def query_seconds(subject: Subject, values: Values, share: float) -> float:
    """In the primary database; at the worse end with the queries that replicas may answer."""
    if values["unsized"]:
        return math.inf
    count = processors(subject)
    elsewhere = 0.0 if values["variation"] else reads_elsewhere(subject, values["writes"])
    if count is None:
        return values["query"]
    line = _Line(
        arrivals=(promised_rate(subject) or 0.0) * values["queries"] * (1 - elsewhere),
        service=values["query"],
        servers=int(count),
    )
    return line.seconds(values["variation"], share)


def sidecar_seconds(subject: Subject) -> float:
    """What the proxies of the mesh add to a call."""
    row = subject.facts.limit(SIDECARS)
    return float(row.value) if row and subject.platform.mesh else 0.0


def ways(known: tuple[Site, ...], values: Values, asked: float) -> tuple[tuple[float, float], ...]:
    """Which share of the requests spends how long on its way to databases, asking so often in
    turn. A request that writes asks the writer once, the nearest copy otherwise."""
    found, writes = [], min(1.0, values["writes"])
    for site, share in _shares(known, values["far"]):
        read, write = site.read_trip * values["path"], site.write_trip * values["path"]
        found.append((share * (1 - writes), asked * read))
        found.append((share * writes, max(0.0, asked - 1) * read + min(1.0, asked) * write))
    return tuple(found)


def percentile(times: tuple[tuple[float, float], ...], quantile: float) -> float:
    """The shortest time that a share `quantile` stays within."""
    reached = 0.0
    for share, seconds in sorted(times, key=lambda pair: pair[1]):
        reached += share
        if reached >= quantile - 1e-9:
            return seconds
    return max((seconds for _, seconds in times), default=0.0)


def _shares(known: tuple[Site, ...], far: float) -> list[tuple[Site, float]]:
    """Even shares, those of far regions times `far`; together one."""
    even = 1 / len(known)
    away = [even * far if site.is_far else 0.0 for site in known]
    near = sum(not site.is_far for site in known)
    rest = max(0.0, 1 - sum(away)) / near if near else 0.0
    total = max(1.0, sum(away))
    shares = [part / total if site.is_far else rest for site, part in zip(known, away, strict=True)]
    return list(zip(known, shares, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What waits in one line for equal servers."""

    arrivals: float
    service: float
    servers: int

    def seconds(self, variation: float, share: float) -> float:
        """The percentile when times vary, the service alone when they do not; infinite when the
        servers cannot keep up."""
        if self.servers == 0:
            return math.inf
        if self.service == 0:
            return 0.0
        lines = math.ceil(self.servers / SERVERS_MAX)
        queue = Queue(
            arrivals_per_second=self.arrivals / lines,
            service_seconds=self.service,
            servers=self.servers // lines,
        )
        if not queue.is_stable:
            return math.inf
        return queue.response_percentile(share) if variation else self.service

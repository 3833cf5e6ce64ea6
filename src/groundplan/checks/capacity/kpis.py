"""Rules of the key figures: they must agree with each other and with the size of the earth."""

import math
from collections.abc import Iterator

from groundplan.checks.capacity.demand import RATE
from groundplan.checks.facts import RegionFacts
from groundplan.checks.numbers.distance import TYPICAL_PATH, great_circle_km, round_trip_seconds
from groundplan.checks.numbers.queueing import think_seconds
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.kpis import Scalability
from groundplan.units import Duration

THROUGHPUT = "kpis.scalability.data_throughput"
USERS = "kpis.scalability.concurrent_users"
RESPONSE = "kpis.performance.api_response_time"
RATE_PER_USER_MAX = 0.3  # people read and type between two requests


def _scalability(subject: Subject) -> Scalability:
    kpis = subject.platform.kpis
    return kpis.scalability if kpis else Scalability()


@rule(
    "CAP018",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The promised throughput must hold what the promised requests carry.",
    why="what is built for one figure fails at the other",
    source="AWS Well-Architected PERF01",
)
def throughput_holds_the_requests(subject: Subject) -> Iterator[Problem]:
    kpis, size = _scalability(subject), subject.figures.request_bytes
    rate, throughput = kpis.requests_per_second, kpis.data_throughput
    if rate is None or rate.value == 0 or throughput is None or throughput.of != "bytes":
        return
    each = throughput.per_second / rate.value
    if each >= size.value:
        return
    needed = _rounded_up(rate.value * size.value * 3600)
    yield Problem(
        path=THROUGHPUT,
        also=(RATE,),
        message=f"{throughput} at {rate} requests/s is {each:.3g} bytes for each request; a request"
        f" of {size.value:,.0f} bytes makes {needed} an hour",
        try_=f'write data_throughput: "{needed.replace(" ", "")}/hour", or say'
        " assumptions.request_bytes",
        assumes=size.assumes,
    )


def _rounded_up(size: float) -> str:
    """An amount that holds so many bytes: "18 GB", "180 MB"."""
    unit, word = next(((u, w) for u, w in ((1e9, "GB"), (1e6, "MB")) if size >= u), (1e3, "kB"))
    return f"{math.ceil(round(size / unit, 6))} {word}"


@rule(
    "CAP019",
    severity=Severity.LOW,
    nature=Nature.RISK,
    statement="The promised users and the promised requests must leave people time to think.",
    why="one of the two figures is not what will happen, and capacity is planned with both",
    source="Little's law",
)
def people_have_time_to_think(subject: Subject) -> Iterator[Problem]:
    kpis = _scalability(subject)
    users, rate = kpis.concurrent_users, kpis.requests_per_second
    if users is None or rate is None or users.value == 0:
        return
    each = rate.value / users.value
    if each <= RATE_PER_USER_MAX:
        return
    yield Problem(
        path=RATE,
        also=(USERS,),
        message=f"{rate} requests/s of {users} users are {each:.2g} a second for each, one every"
        f" {think_seconds(users.value, rate.value):.2g} s; people make one in more than"
        f" {1 / RATE_PER_USER_MAX:.0f} s",
        try_=f"promise {rate.value / RATE_PER_USER_MAX:,.0f} users, or fewer requests",
    )


@rule(
    "CAP020",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The promised response time must be longer than the way to the database and back.",
    why="no server makes light faster: requests from far away break the promise every time",
    source="speed of light in fibre; great-circle distances between regions",
)
def response_outlasts_the_distance(subject: Subject) -> Iterator[Problem]:
    kpis, database = subject.platform.kpis, subject.platform.primary_database
    bound = kpis.performance.api_response_time if kpis else None
    writer = next(iter(subject.platform.regions.values())).primary
    home = subject.facts.region(writer)
    if database is None or home is None or bound is None or not isinstance(bound.limit, Duration):
        return
    replicas = database.read_replicas.regions if database.read_replicas else ()
    for geography, pair in subject.platform.regions.items():
        there = subject.facts.region(pair.primary)
        if there is None or pair.primary == writer:
            continue
        trips, why, assumes = _trips(subject, pair.primary in replicas, bound.quantile)
        taken = trips * _round_trip(home, there, TYPICAL_PATH)
        if taken <= bound.limit.seconds:
            continue
        floor = _round_trip(home, there, 1.0)
        yield Problem(
            path=f"regions.{geography}.primary",
            also=(RESPONSE, "primary_database.read_replicas"),
            message=f"from {pair.primary} to the writer in {writer} and back light takes"
            f" {floor * 1000:.0f} ms, usual paths {TYPICAL_PATH * floor * 1000:.0f} ms; {why} take"
            f" {taken * 1000:.0f} ms, and {bound} is promised",
            try_=f"read in {pair.primary} from a replica of its own and say"
            " assumptions.write_share, or promise a longer response time there",
            assumes=(f"assuming cables {TYPICAL_PATH} times as long as the straight way", *assumes),
            facts=(str(home.fact), str(there.fact)),
        )


def _trips(
    subject: Subject, has_replica: bool, quantile: float | None
) -> tuple[float, str, tuple[str, ...]]:
    """How often a request that the promise counts goes to the writer, in words, and why."""
    figures = subject.figures
    if not has_replica:
        queries = max(1.0, figures.queries_per_request.value)
        return queries, f"{queries:g} queries in turn", figures.queries_per_request.assumes
    if figures.write_share.value <= 1 - (quantile or 1):
        return 0, "", ()
    writes = f"writes ({figures.write_share.value:.0%} of the requests)"
    return 1, writes, figures.write_share.assumes


def _round_trip(here: RegionFacts, there: RegionFacts, factor: float) -> float:
    return round_trip_seconds(great_circle_km(here.position, there.position), factor)

"""`prometheus`: what is scraped, how often."""

from typing import Annotated, Literal

from pydantic import Field

from groundplan.spec.section import Endpoint, Flag, Name, Section, Text, UrlPath, once
from groundplan.units import Duration

Watched = Literal[
    "availability",
    "api_response_time",
    "database_query_time",
    "page_load_time",
    "concurrent_users",
    "requests_per_second",
    "data_throughput",
    "replication_lag",
    "backup_age",
]


class Defaults(Section):
    """Intervals of the jobs that name none."""

    scrape_interval: Duration = Duration.parse("15s")
    evaluation_interval: Duration = Duration.parse("15s")


class StaticTargets(Section):
    """Targets written out: a service's or exporter's name and port."""

    targets: tuple[Endpoint, ...]


class ScrapeJob(Section):
    """One kind of target."""

    job_name: Text
    static_configs: tuple[StaticTargets, ...] = ()
    metrics_path: UrlPath = "/metrics"
    scrape_interval: Duration | None = None
    each_replica: Flag = False  # a target's name stands for every replica, not for a balancer


class Alert(Section):
    """Something that people are told of before it breaks a promise."""

    watches: Watched
    notify: Text  # "PagerDuty"


class Prometheus(Section):
    """The metrics of the platform."""

    global_: Defaults = Field(default=Defaults(), alias="global")
    scrape_configs: Annotated[tuple[ScrapeJob, ...], once("job_name")] = ()
    retention: Duration = Duration.parse("15 days")
    alerts: Annotated[tuple[Alert, ...], once("watches")] = ()
    probes_from: tuple[Name, ...] = ()  # regions that watch the other regions from outside

"""`prometheus`: what is scraped, how often."""

from typing import Annotated

from pydantic import Field

from groundplan.spec.section import Endpoint, Section, Text, UrlPath, once
from groundplan.units import Duration


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


class Prometheus(Section):
    """The metrics of the platform."""

    global_: Defaults = Field(default=Defaults(), alias="global")
    scrape_configs: Annotated[tuple[ScrapeJob, ...], once("job_name")] = ()
    retention: Duration = Duration.parse("15 days")

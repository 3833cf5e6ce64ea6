"""`kpis`: the promises to the users."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from groundplan.spec.section import Section, Share, Text, UrlPath
from groundplan.units import Count, Rate, Threshold


class Availability(Section):
    """The share of the time, or of the requests, that is served."""

    target: Share
    measurement: Text = "uptime"


class Performance(Section):
    """How long things may take."""

    api_response_time: Threshold | None = None
    database_query_time: Threshold | None = None
    page_load_time: Threshold | None = None


class Scalability(Section):
    """How much must be possible at once."""

    concurrent_users: Count | None = None
    requests_per_second: Count | None = None
    data_throughput: Rate | None = None


Kpi = Literal[
    "availability",
    "api_response_time",
    "database_query_time",
    "page_load_time",
    "concurrent_users",
    "requests_per_second",
    "data_throughput",
]
Source = Literal["probe", "gateway", "service", "exporter", "browser", "load test"]


class Kpis(Section):
    """The key performance indicators. `measured_by`: what each one's number comes from;
    `pages`: those whose loading is timed in a browser."""

    availability: Availability | None = None
    performance: Performance = Performance.unwritten()
    scalability: Scalability = Scalability.unwritten()
    pages: tuple[UrlPath, ...] = ()
    measured_by: Mapping[Kpi, Source] = Field(default_factory=dict)

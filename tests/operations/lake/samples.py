"""The promise of a gigabyte an hour."""

from groundplan.promise.promise import Bound, Promise

THROUGHPUT = Promise(
    id="kpis.scalability.data_throughput",
    section="kpis",
    statement="1 GB/hour of data is taken in",
    target="1 GB/hour",
    limit=1e9 / 3600,
    bound=Bound.AT_LEAST,
    unit="B/s",
    file="platform.yaml",
    line=1,
    column=1,
)

"""What every region's Prometheus is asked. The names are those of Envoy and of the convention for
services: `db_query_duration_seconds`, a histogram of the time of each database operation."""

from dataclasses import dataclass

PERIOD = "30d"  # availability is promised over it
PERIOD_SECONDS = 30 * 86_400
LATELY = "1h"  # response times are those of the last hour
LATELY_SECONDS = 3600
_GATEWAY = 'envoy_http_conn_manager_prefix="ingress"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """PromQL and how long its answer is good enough: long windows are costly to add up."""

    text: str
    every_seconds: float = 0


def _counted(histogram: str) -> str:
    """How many fell into each bucket lately.

    A histogram begins to exist with its first values, which `increase` never counts: it only sees
    what is added to a sample that was there before. So they are added.
    """
    increase = f"sum by (le) (increase({histogram}[{LATELY}]))"
    first = f"sum by (le) (min_over_time({histogram}[{LATELY}]) unless {histogram} offset {LATELY})"
    return f"{increase} + {first} or {increase}"


REQUESTS = Query(
    text="sum by (envoy_response_code_class)"
    f" (increase(envoy_http_downstream_rq_xx{{{_GATEWAY}}}[{PERIOD}]))",
    every_seconds=30,
)
API_TIMES = Query(
    text=_counted(f"envoy_http_downstream_rq_time_bucket{{{_GATEWAY}}}"), every_seconds=10
)
QUERY_TIMES = Query(text=_counted("db_query_duration_seconds_bucket"), every_seconds=10)
SERVED = Query(
    text=f'sum(rate(envoy_http_downstream_rq_xx{{{_GATEWAY},envoy_response_code_class!="5"}}[1m]))'
)
CONNECTIONS = Query(text=f"sum(envoy_http_downstream_cx_active{{{_GATEWAY}}})")
ALL = (REQUESTS, API_TIMES, QUERY_TIMES, SERVED, CONNECTIONS)

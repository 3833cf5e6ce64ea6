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


REQUESTS = Query(
    text="sum by (envoy_response_code_class)"
    f" (increase(envoy_http_downstream_rq_xx{{{_GATEWAY}}}[{PERIOD}]))",
    every_seconds=30,
)
API_TIMES = Query(
    text=f"sum by (le) (increase(envoy_http_downstream_rq_time_bucket{{{_GATEWAY}}}[{LATELY}]))",
    every_seconds=10,
)
QUERY_TIMES = Query(
    text=f"sum by (le) (increase(db_query_duration_seconds_bucket[{LATELY}]))",
    every_seconds=10,
)
SERVED = Query(
    text=f'sum(rate(envoy_http_downstream_rq_xx{{{_GATEWAY},envoy_response_code_class!="5"}}[1m]))'
)
CONNECTIONS = Query(text=f"sum(envoy_http_downstream_cx_active{{{_GATEWAY}}})")
ALL = (REQUESTS, API_TIMES, QUERY_TIMES, SERVED, CONNECTIONS)

"""What Envoy reads once at its start: its own door, which metrics it keeps, where the rest is.

Everything that may change while it runs is in files that it watches.
"""

from groundplan.design.parts import Gateway
from groundplan.targets.local.parts.envoy.shape import (
    CLUSTERS,
    LISTENERS,
    LOG,
    Shape,
    document,
    extension,
    watched,
)
from groundplan.targets.local.parts.envoy.traces import runtime

CONNECTIONS_MAX = 12_000  # 10,000 users (kpis.scalability) and some room

# Of some hundred metrics per cluster those that a promise, a gate or an alert asks for. Names are
# Envoy's raw ones; in Prometheus upstream_rq_2xx becomes upstream_rq_xx{response_code_class="2"}.
_METRICS = (
    r"cluster\..*\.upstream_rq_([1-5]xx|time|total|active|timeout|retry.*|pending_(active|overflow))",
    r"cluster\..*\.upstream_cx_(active|total|connect_fail|overflow)",
    r"cluster\..*\.membership_(healthy|degraded|excluded|total)",
    r"cluster\..*\.outlier_detection\.ejections_(active|enforced_total)",
    r"cluster\..*\.health_check\.(attempt|failure)",
    r"http\.ingress\.downstream_rq_([1-5]xx|time|total|active)",
    r"http\.ingress\.downstream_cx_(active|total)",
    r"http\.ingress\.no_route",
    r"overload\..*(active|failed_updates|pressure)",
    r"server\.(live|state|uptime|memory_allocated|memory_physical_size)",
    r".*\.(update_rejected|update_success|version_text)",
)
# Milliseconds. 100, 200 and 500 are limits that the platform's promises and gates name.
_BUCKETS = (1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2500, 5000, 10_000, 30_000)


def bootstrap(gateway: Gateway) -> str:
    """The file that Envoy is started with."""
    return document(
        gateway,
        {
            "node": {"id": gateway.name, "cluster": gateway.site},
            "admin": {
                "address": {
                    "socket_address": {
                        "address": gateway.address,
                        "port_value": gateway.admin_port,
                    }
                }
            },
            "dynamic_resources": {
                "cds_config": watched(CLUSTERS),
                "lds_config": watched(LISTENERS),
            },
            "cluster_manager": {"outlier_detection": {"event_log_path": LOG}},
            "overload_manager": {"resource_monitors": [_connections()]},
            "stats_config": _metrics(gateway.time_edges_ms),
            # Histograms are otherwise up to five seconds behind what Prometheus asks for.
            "stats_flush_on_admin": True,
            "application_log_config": {"log_format": {"json_format": _log_line()}},
            **runtime(gateway),
        },
    )


def _connections() -> Shape:
    return extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        max_active_downstream_connections=CONNECTIONS_MAX,
    )


def _metrics(edges: tuple[float, ...]) -> Shape:
    buckets = sorted({*map(float, _BUCKETS), *edges})
    patterns = [{"safe_regex": {"regex": pattern}} for pattern in _METRICS]
    return {
        "stats_matcher": {"inclusion_list": {"patterns": patterns}},
        "histogram_bucket_settings": [
            {"match": {"safe_regex": {"regex": ".*"}}, "buckets": buckets}
        ],
    }


def _log_line() -> Shape:
    """Envoy's own messages; %j is the message with JSON's escapes."""
    return {
        "@timestamp": "%Y-%m-%dT%T.%eZ",
        "log.level": "%l",
        "log.logger": "envoy.%n",
        "message": "%j",
    }

"""Subsets as Envoy's clusters: who is in them, who is healthy, and how much they may be given."""

from collections.abc import Iterator

from groundplan.design.parts import Gateway, Service
from groundplan.design.release import CANARY
from groundplan.design.routes import Upstream
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.envoy.shape import (
    LOG,
    Shape,
    cluster_name,
    endpoints_file,
    extension,
    resources,
    typed,
    watched,
)
from groundplan.targets.local.parts.envoy.traces import tracer_clusters

# A server closes a connection that was idle for some seconds (Node and uvicorn: 5, gunicorn: 2).
# We close it earlier, or a request could meet a closing connection, and a POST is never repeated.
IDLE_SECONDS = 1.5
# The share of a subset that may be lost before others help out: all of it. With Envoy's default
# (140) the loss of one of two replicas would send 30 % of the stable traffic to a canary.
Ranks = tuple[tuple[Service, ...], ...]
_NO_HELP_BEFORE_ALL_IS_LOST = 10_000


def clusters(gateway: Gateway) -> str:
    """The file of clusters: one for each subset, with or without replicas."""
    return resources(
        gateway,
        (
            *(
                _cluster(upstream, subset)
                for upstream in gateway.upstreams
                for subset in (*upstream.subsets, *upstream.ways.sides)
            ),
            *tracer_clusters(gateway),
        ),
    )


def endpoints(gateway: Gateway, machine: Machine) -> Iterator[tuple[str, str]]:
    """Path and content of each cluster's endpoints.

    A subset that lost every replica is served by the others that carry traffic: the user does not
    notice, and Envoy's counters per endpoint still tell the subsets apart.
    """
    for upstream in gateway.upstreams:
        carrying = _carrying(gateway, upstream.service)
        for side in upstream.ways.sides:
            new = machine.design.replicas(upstream.service, site=gateway.site, subset=CANARY)
            yield _endpoints(gateway, machine, upstream.service, side, (new,))
        for subset in upstream.subsets:
            own = machine.design.replicas(upstream.service, site=gateway.site, subset=subset)
            others = tuple(
                replica
                for replica in machine.design.replicas(upstream.service, site=gateway.site)
                if replica.subset in carrying - {subset}
            )
            yield _endpoints(gateway, machine, upstream.service, subset, (own, others))


def _endpoints(
    gateway: Gateway, machine: Machine, service: str, name: str, ranks: Ranks
) -> tuple[str, str]:
    """The file of one cluster: who serves first, and who only when all of them are lost."""
    shape = typed(
        "envoy.config.endpoint.v3.ClusterLoadAssignment",
        cluster_name=cluster_name(service, name),
        endpoints=[
            {"priority": rank, "lb_endpoints": [_endpoint(part, machine) for part in parts]}
            for rank, parts in enumerate(ranks)
        ],
        policy={"overprovisioning_factor": _NO_HELP_BEFORE_ALL_IS_LOST},
    )
    return endpoints_file(service, name), resources(gateway, [shape])


def _carrying(gateway: Gateway, service: str) -> frozenset[str]:
    """The subsets that users may reach. A version at weight 0 is not ready for them."""
    return frozenset(
        weight.subset
        for route in gateway.routes
        if route.service == service
        for weight in route.weights
        if weight.percent > 0
    )


def _endpoint(replica: Service, machine: Machine) -> Shape:
    address = {"address": replica.address, "port_value": replica.port}
    endpoint: Shape = {"endpoint": {"address": {"socket_address": address}}}
    if replica.name in machine.draining:
        endpoint["health_status"] = "DRAINING"
    return endpoint


def _cluster(upstream: Upstream, subset: str) -> Shape:
    return typed(
        "envoy.config.cluster.v3.Cluster",
        name=cluster_name(upstream.service, subset),
        type="EDS",
        eds_cluster_config={"eds_config": watched(endpoints_file(upstream.service, subset))},
        connect_timeout="1s",
        lb_policy="ROUND_ROBIN",
        # Whoever leaves the file gets nothing new from that moment, healthy or not.
        ignore_health_on_host_removal=True,
        common_lb_config=_balancing(),
        health_checks=[_health_check(upstream)],
        outlier_detection=_outlier_detection(),
        circuit_breakers=_limits(),
        track_cluster_stats={"per_endpoint_stats": True},
        typed_extension_protocol_options={
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                common_http_protocol_options={"idle_timeout": f"{IDLE_SECONDS}s"},
                explicit_http_config={"http_protocol_options": {}},
            )
        },
    )


def _balancing() -> Shape:
    return {
        # When nobody is healthy, the checks may be wrong (an overloaded machine): try them all.
        "healthy_panic_threshold": {"value": 1},
        # By default the second change of health within a second is acted on at the end of it.
        "update_merge_window": "0s",
    }


def _health_check(upstream: Upstream) -> Shape:
    """Any answer but 200 counts at once; silence and refusals have to come twice."""
    return {
        "timeout": "1s",
        "interval": "1s",
        # By default a cluster without traffic is asked once a minute.
        "no_traffic_interval": "0.25s",
        "no_traffic_healthy_interval": "1s",
        "unhealthy_interval": "0.25s",
        "unhealthy_edge_interval": "0.25s",
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "http_health_check": {"path": upstream.ready_path},
        "event_logger": [
            extension(
                "log",
                "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink",
                event_log_path=LOG,
            )
        ],
    }


def _outlier_detection() -> Shape:
    """Faster than the health check: a replica that fails users is left alone for two seconds."""
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 2,
        "consecutive_5xx": 5,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "2s",
        "max_ejection_time": "10s",
        "max_ejection_percent": 100,
    }


def _limits() -> Shape:
    """High enough for 10,000 users at once; what waits does so here, where it costs little."""
    return {
        "thresholds": [
            {
                "max_connections": 10_000,
                "max_pending_requests": 20_000,
                "max_requests": 20_000,
                # Retries at most double the load of a service that is in trouble.
                "retry_budget": {
                    "budget_percent": {"value": 100},
                    "min_retry_concurrency": 100,
                },
            }
        ],
        # One replica that hangs must not take all connections of its siblings.
        "per_host_thresholds": [{"max_connections": 1024}],
    }

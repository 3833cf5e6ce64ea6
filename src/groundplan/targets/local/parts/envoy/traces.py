"""The gateway's spans: one for each request, one for each try of it, sent to the tracer.

Every request is sent: which traces are kept is decided there, once they are whole.
"""

from groundplan.design.parts import Gateway
from groundplan.targets.local.parts.envoy.shape import Shape, extension, typed

CLUSTER = "tracer"
# In few batches, and soon: the tracer decides some seconds after it got the first span.
_RUNTIME = {
    "tracing.opentelemetry.min_flush_spans": 512,
    "tracing.opentelemetry.flush_interval_ms": 1000,
}


def tracing(gateway: Gateway) -> Shape:
    """The part of the HTTP connection manager; nothing without a tracer."""
    if gateway.traces is None:
        return {}
    place = f"{gateway.traces.address}:{gateway.traces.port}"
    uri = {"uri": f"http://{place}/v1/traces", "cluster": CLUSTER, "timeout": "2s"}
    provider = extension(
        "envoy.tracers.opentelemetry",
        "envoy.config.trace.v3.OpenTelemetryConfig",
        service_name="gateway",
        http_service={"http_uri": uri},
        resource_detectors=[
            extension(
                "envoy.tracers.opentelemetry.resource_detectors.static_config",
                "envoy.extensions.tracers.opentelemetry.resource_detectors.v3"
                ".StaticConfigResourceDetectorConfig",
                attributes={"cloud.region": gateway.site, "service.instance.id": gateway.name},
            )
        ],
    )
    return {
        "tracing": {
            "provider": provider,
            "random_sampling": {"value": 100},
            "spawn_upstream_span": True,
            "operation": "%REQ(:METHOD)% %ROUTE_NAME%",
            "upstream_operation": "%REQ(:METHOD)% to %UPSTREAM_CLUSTER%",
        }
    }


def trace_field(gateway: Gateway) -> Shape:
    """How a line of the access log names its trace."""
    if gateway.traces is None:
        return {"traceparent": "%REQ(TRACEPARENT)%"}
    return {"trace.id": "%TRACE_ID%"}


def tracer_clusters(gateway: Gateway) -> list[Shape]:
    """The tracer as Envoy sees it. When it is away, spans are lost and requests are not."""
    if gateway.traces is None:
        return []
    address = {"address": gateway.traces.address, "port_value": gateway.traces.port}
    endpoint = {"endpoint": {"address": {"socket_address": address}}}
    return [
        typed(
            "envoy.config.cluster.v3.Cluster",
            name=CLUSTER,
            type="STATIC",
            connect_timeout="1s",
            load_assignment={
                "cluster_name": CLUSTER,
                "endpoints": [{"lb_endpoints": [endpoint]}],
            },
        )
    ]


def runtime(gateway: Gateway) -> Shape:
    """How many spans travel together."""
    if gateway.traces is None:
        return {}
    layers = [{"name": "groundplan", "static_layer": dict(_RUNTIME)}]
    return {"layered_runtime": {"layers": layers}}

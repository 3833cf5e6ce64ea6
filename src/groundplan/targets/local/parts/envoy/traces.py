"""The gateway's spans: one for each request, one for each try of it, sent to the tracer.

Envoy chooses requests when they come, by the trace's id. Those that it left out and that fail or
are slow it logs to the tracer when they are over, which makes their spans of that.
"""

from groundplan.design import late_requests as late
from groundplan.design.parts import Gateway
from groundplan.design.sampling import MILLION
from groundplan.targets.local.parts.envoy.shape import Shape, extension, typed

CLUSTER = "tracer"
_SAMPLER = "envoy.extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig"
_LATE = "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig"
_SINCE = "%COMMON_DURATION(DS_RX_BEG:{}:us)%"
# In few batches, and soon: the tracer decides some seconds after it got the first span.
_RUNTIME = {
    "tracing.opentelemetry.min_flush_spans": 512,
    "tracing.opentelemetry.flush_interval_ms": 1000,
}


def tracing(gateway: Gateway) -> Shape:
    """The part of the HTTP connection manager; nothing without a tracer."""
    if gateway.traces is None:
        return {}
    provider = extension(
        "envoy.tracers.opentelemetry",
        "envoy.config.trace.v3.OpenTelemetryConfig",
        service_name="gateway",
        http_service=_sent_to(gateway, "/v1/traces"),
        sampler=extension(
            "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
            _SAMPLER,
            sampling_percentage={
                "numerator": round(gateway.traces.share * MILLION),
                "denominator": "MILLION",
            },
        ),
        resource_detectors=[
            extension(
                "envoy.tracers.opentelemetry.resource_detectors.static_config",
                "envoy.extensions.tracers.opentelemetry.resource_detectors.v3"
                ".StaticConfigResourceDetectorConfig",
                attributes=_origin(gateway),
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


def late_log(gateway: Gateway) -> list[Shape]:
    """What the tracer is told of requests that failed, were slow, or were tried again."""
    if gateway.traces is None:
        return []
    slow = f'request.duration >= duration("{gateway.traces.slow_seconds * 1e6:.0f}us")'
    expression = (
        "response.code >= 500 || response.code == 0 || upstream.request_attempt_count > 1"
        f" || {slow}"
    )
    said = {
        "http.method": "%REQ(:METHOD)%",
        "url.path": "%PATH(NQ)%",
        late.STATUS: "%RESPONSE_CODE%",
        "response_flags": "%RESPONSE_FLAGS%",
        late.CLUSTER: "%UPSTREAM_CLUSTER%",
        late.TRIES: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        late.PARENT: "%REQ(TRACEPARENT)%",
        late.DONE: _SINCE.format("DS_TX_END"),
        late.TRIED: _SINCE.format("US_TX_BEG"),
        late.ANSWERED: _SINCE.format("US_RX_END"),
    }
    record = extension(
        "late",
        _LATE,
        http_service=_sent_to(gateway, late.PATH),
        log_name="gateway",
        buffer_flush_interval="1s",
        disable_builtin_labels=True,
        resource_attributes=_values({"service.name": "gateway", **_origin(gateway)}),
        body={"string_value": "%REQ(:METHOD)% %ROUTE_NAME%"},
        attributes=_values(said),
    )
    is_told = extension(
        "envoy.access_loggers.extension_filters.cel",
        "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
        expression=expression,
    )
    return [{**record, "filter": {"extension_filter": is_told}}]


def _sent_to(gateway: Gateway, path: str) -> Shape:
    assert gateway.traces is not None
    place = f"http://{gateway.traces.address}:{gateway.traces.port}"
    return {"http_uri": {"uri": f"{place}{path}", "cluster": CLUSTER, "timeout": "2s"}}


def _origin(gateway: Gateway) -> dict[str, str]:
    return {"cloud.region": gateway.site, "service.instance.id": gateway.name}


def _values(found: dict[str, str]) -> Shape:
    return {"values": [{"key": k, "value": {"string_value": v}} for k, v in found.items()]}


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

"""The gateway's door and its routes: what is repeated, what is not, and what is written down."""

from groundplan.design.parts import Gateway
from groundplan.design.routes import MIRROR, TESTERS, Route
from groundplan.targets.local.parts.envoy import side
from groundplan.targets.local.parts.envoy.shape import (
    LOG,
    ROUTES,
    Shape,
    cluster_name,
    extension,
    resources,
    typed,
    watched,
)
from groundplan.targets.local.parts.envoy.traces import late_log, trace_field, tracing

_HTTP = "envoy.extensions.filters"
_ROUTES_NAME = "routes"
_READS = "GET|HEAD|OPTIONS"
_LEASE_IS_OVER = {"name": side.LEASE_HEADER, "string_match": {"exact": "over"}}
READ_TRY_SECONDS = 10
ANSWER_SECONDS = 30


def listeners(gateway: Gateway) -> str:
    """The file of listeners: one, which rarely changes, for its connections drain when it does."""
    manager = extension(
        "http",
        f"{_HTTP}.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="ingress",
        rds={"route_config_name": _ROUTES_NAME, "config_source": watched(ROUTES)},
        http_filters=[
            _lease_filter(),
            extension("router", f"{_HTTP}.http.router.v3.Router", suppress_envoy_headers=True),
        ],
        # The edge has said who the client is and what the request is called: believe it.
        use_remote_address=True,
        skip_xff_append=True,
        preserve_external_request_id=True,
        normalize_path=True,
        merge_slashes=True,
        server_header_transformation="PASS_THROUGH",
        request_headers_timeout="10s",
        local_reply_config=_own_answers(gateway),
        access_log=[_access_log(gateway), *late_log(gateway)],
        **tracing(gateway),
    )
    address = {"address": gateway.address, "port_value": gateway.port}
    return resources(
        gateway,
        [
            typed(
                "envoy.config.listener.v3.Listener",
                name="ingress",
                address={"socket_address": address},
                # A second Envoy on this port is to fail, not to take half of the connections.
                enable_reuse_port=False,
                filter_chains=[{"filters": [manager]}],
            )
        ],
    )


def routes(gateway: Gateway) -> str:
    """The file of routes; the weights are in it."""
    found = [shape for route in gateway.routes for shape in _route(route)]
    nothing = {
        "match": {"prefix": "/"},
        "direct_response": {"status": 404, "body": {"inline_string": "no route for this path"}},
    }
    return resources(
        gateway,
        [
            typed(
                "envoy.config.route.v3.RouteConfiguration",
                name=_ROUTES_NAME,
                virtual_hosts=[{"name": "any", "domains": ["*"], "routes": [*found, nothing]}],
                response_headers_to_add=[
                    {
                        "header": {"key": "x-region", "value": gateway.site},
                        "append_action": "ADD_IF_ABSENT",
                    }
                ],
                request_headers_to_remove=[
                    "x-envoy-external-address",
                    side.LEASE_HEADER,
                    side.HEADER,
                ],
            )
        ],
    )


def _route(route: Route) -> tuple[Shape, ...]:
    assert sum(weight.percent for weight in route.weights) > 0, f"{route.prefix} leads nowhere"
    split = [
        {"name": cluster_name(route.service, weight.subset), "weight": weight.percent}
        for weight in route.weights
    ]
    weighted: Shape = {"clusters": split}
    if route.ways.cookie:
        weighted["header_name"] = side.HEADER
    shapes = _reads_and_writes(route.prefix, {"weighted_clusters": weighted}, [])
    if route.lease_until is None:
        return shapes
    if route.ways.mirror:
        shapes = (_mirrored(shapes[0], route), *shapes[1:])
    first = {"cluster": cluster_name(route.service, route.weights[0].subset)}
    return (
        *_reads_and_writes(route.prefix, first, [_LEASE_IS_OVER]),
        *(_leased(shape, side.script(route, keeps=False)) for shape in _for_testers(route)),
        *(_leased(shape, side.script(route, keeps=True)) for shape in shapes),
    )


def _for_testers(route: Route) -> tuple[Shape, ...]:
    """Who asks for the new version by the header of the file gets it."""
    if not route.ways.header:
        return ()
    asks = {"name": route.ways.header, "string_match": {"exact": route.ways.value}}
    target = {"cluster": cluster_name(route.service, TESTERS)}
    return _reads_and_writes(route.prefix, target, [asks])


def _mirrored(shape: Shape, route: Route) -> Shape:
    """Only reads: a write that is done twice is done twice."""
    policy = {
        "cluster": cluster_name(route.service, MIRROR),
        "runtime_fraction": {
            "default_value": {"numerator": route.ways.mirror, "denominator": "HUNDRED"}
        },
        "disable_shadow_host_suffix_append": True,
    }
    return {**shape, "route": {**shape["route"], "request_mirror_policies": [policy]}}


def _reads_and_writes(prefix: str, target: Shape, conditions: list[Shape]) -> tuple[Shape, ...]:
    timed = {**target, "timeout": f"{ANSWER_SECONDS}s"}
    read = {"name": ":method", "string_match": {"safe_regex": {"regex": _READS}}}
    reads = {"prefix": prefix, "headers": [*conditions, read]}
    writes = {"prefix": prefix, **({"headers": conditions} if conditions else {})}
    return (
        {"name": prefix, "match": reads, "route": {**timed, "retry_policy": _repeat_reads()}},
        {"name": prefix, "match": writes, "route": {**timed, "retry_policy": _repeat_unsent()}},
    )


def _lease_filter() -> Shape:
    """Off, and free, except on routes with a lease."""
    return {**extension("lease", f"{_HTTP}.http.lua.v3.Lua"), "disabled": True}


def _leased(shape: Shape, code: str) -> Shape:
    inline = {"source_code": {"inline_string": code}}
    return {
        **shape,
        "typed_per_filter_config": {"lease": typed(f"{_HTTP}.http.lua.v3.LuaPerRoute", **inline)},
    }


def _repeat_reads() -> Shape:
    """A read may be repeated whatever happened to it, on another replica if there is one."""
    return {
        "retry_on": "connect-failure,refused-stream,reset,retriable-status-codes",
        "retriable_status_codes": [502, 503],
        "num_retries": 4,
        "per_try_timeout": f"{READ_TRY_SECONDS}s",
        **_elsewhere(),
    }


def _repeat_unsent() -> Shape:
    """A write is repeated only when no replica can have seen it."""
    return {"retry_on": "connect-failure,refused-stream", "num_retries": 4, **_elsewhere()}


def _elsewhere() -> Shape:
    return {
        "retry_host_predicate": [
            extension(
                "previous-hosts",
                "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
            )
        ],
        "host_selection_retry_max_attempts": 5,
        # After two replicas of the subset, those that stand in for it.
        "retry_priority": extension(
            "previous-priorities",
            "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
            update_frequency=2,
        ),
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
    }


def _own_answers(gateway: Gateway) -> Shape:
    """What the gateway says itself, as problem details (RFC 9457).

    502 means "there was nobody to ask": the edge then asks another region. A service that answers
    503 is heard as it is.
    """
    nobody = {"response_flag_filter": {"flags": ["UH", "UF", "NC"]}}
    return {
        "mappers": [{"filter": nobody, "status_code": 502}],
        "body_format": {
            "json_format": {
                "type": "about:blank",
                "status": "%RESPONSE_CODE%",
                "title": "%LOCAL_REPLY_BODY%",
                "detail": "%RESPONSE_CODE_DETAILS%",
                "region": gateway.site,
                "id": "%REQ(X-REQUEST-ID)%",
            },
            "content_type": "application/problem+json",
        },
    }


def _access_log(gateway: Gateway) -> Shape:
    """One line per request, without its query: secrets travel there."""
    line = {
        "@timestamp": "%START_TIME%",
        "event.dataset": "gateway.access",
        "region": gateway.site,
        "http.request.method": "%REQ(:METHOD)%",
        "url.path": "%PATH(NQ)%",
        "http.response.status_code": "%RESPONSE_CODE%",
        "flags": "%RESPONSE_FLAGS%",
        "duration_ms": "%DURATION%",
        "service_ms": "%RESPONSE_DURATION%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
        "cluster": "%UPSTREAM_CLUSTER%",
        "upstream": "%UPSTREAM_HOST%",
        "tries": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "client.ip": "%REQ(X-FORWARDED-FOR)%",
        "request.id": "%REQ(X-REQUEST-ID)%",
        "idempotency.key": "%REQ(IDEMPOTENCY-KEY):100%",
        **trace_field(gateway),
    }
    return extension(
        "log",
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        path=LOG,
        log_format={"json_format": line, "omit_empty_values": True},
    )

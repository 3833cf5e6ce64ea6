"""What surrounds each HTTP exchange: its trace, its headers, its log line, its figures.

Raw ASGI, because every request pays for it. It decides nothing about the answer.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mvlbim_api.environment import Environment
from mvlbim_api.logs import EcsLog, trace_id
from mvlbim_api.metrics import Metrics
from mvlbim_api.spans import Spans
from mvlbim_api.web.trace import Trace, trace_of

_LOG = logging.getLogger("mvlbim.api")
_PROBES = frozenset(("/healthz", "/readyz", "/metrics"))
_METHODS = frozenset(("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"))
_CLIENT_GONE = 499  # nginx's number; there is no standard one.


@dataclass(slots=True)
class Lifecycle:
    """Whether this process is on its way out."""

    is_draining: bool = False


class Envelope:
    def __init__(
        self,
        app: ASGIApp,
        environment: Environment,
        *,
        metrics: Metrics,
        log: EcsLog,
        spans: Spans,
        lifecycle: Lifecycle,
    ) -> None:
        self._app = app
        self._spans = spans
        self._metrics = metrics
        self._log = log
        self._lifecycle = lifecycle
        self._headers = [
            (b"x-version", environment.service_version.encode()),
            (b"x-region", environment.region.encode()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace = trace_of(_header(scope, b"traceparent"))
        trace_id.set(trace.trace_id)
        self._spans.begin(trace)
        status = 0

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *self._own_headers(trace)]
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_enveloped)
        except ClientDisconnect:
            status = _CLIENT_GONE
        except Exception:
            # The answer (500) has been sent by then; here the error reaches the log.
            _LOG.exception("request failed unexpectedly")
        finally:
            self._metrics.in_flight.dec()
            self._record(scope, trace, status or 500, time.perf_counter() - started)

    def _own_headers(self, trace: Trace) -> list[tuple[bytes, bytes]]:
        headers = [
            *self._headers,
            (b"traceparent", trace.header),
            (b"x-trace-id", trace.trace_id.encode()),
        ]
        if self._lifecycle.is_draining:
            # The caller moves to another replica before this one closes the connection.
            headers.append((b"connection", b"close"))
        return headers

    def _record(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        route = scope.get("route")
        template: str = route.path_format if route is not None else "unmatched"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        if status < 400 and scope["path"] in _PROBES:
            # Probes come every second from everywhere and say nothing new.
            self._metrics.request(method, template, status, seconds)
            return
        attributes = {"http.request.method": method, "http.route": template}
        is_kept = self._spans.end(f"{method} {template}", status, seconds, attributes)
        kept = trace.trace_id if is_kept else ""
        self._metrics.request(method, template, status, seconds, trace_id=kept)
        level = "error" if status >= 500 else "info"
        self._log.line(level, "request", _access_fields(scope, trace, template, status, seconds))


def _access_fields(
    scope: Scope, trace: Trace, template: str, status: int, seconds: float
) -> dict[str, Any]:
    fields = {
        "event.dataset": "mvlbim-api.access",
        "event.duration": int(seconds * 1e9),
        "trace.id": trace.trace_id,
        "span.id": trace.span_id,
        "http.request.method": scope["method"],
        "http.response.status_code": status,
        "url.path": scope["path"],
        "labels.route": template,
    }
    if trace.parent_id:
        fields["parent.id"] = trace.parent_id
    if scope.get("client"):
        fields["source.ip"] = scope["client"][0]
    if forwarded := _header(scope, b"x-forwarded-for"):
        fields["client.ip"] = forwarded.split(b",", 1)[0].strip().decode("latin-1")
    return fields


def _header(scope: Scope, name: bytes) -> bytes | None:
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None

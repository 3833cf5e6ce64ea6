"""What the tracer answers over HTTP: OTLP on its way in, Jaeger's query API on its way out.

Plain ASGI: a handful of paths, and each batch pays for what stands in between.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from groundplan.agent.keepers.intake import Intake
from groundplan.agent.keepers.traces_page import CONTENT_TYPE, page
from groundplan.design.late_requests import PATH as LATE
from groundplan.errors import TargetError
from groundplan.operations.observe.traces import jaeger, summaries
from groundplan.operations.observe.traces.find import Traces
from groundplan.operations.observe.traces.otlp import (
    BYTES_MAX,
    JSON,
    PROTOBUF,
    Refused,
    answer,
    too_large,
)

TRACES = "/v1/traces"
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asked = Mapping[str, str]
Reply = tuple[int, Any]


class TracesHttp:
    """The application. `health` tells how the tracer is."""

    def __init__(
        self,
        intake: Intake,
        traces: Traces,
        pool: Executor,
        health: Callable[[], dict[str, Any]],
    ) -> None:
        self._intake = intake
        self._traces = traces
        self._pool = pool
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        path = scope["raw_path"].decode("latin-1")  # a name may hold %2F
        if path in (TRACES, LATE):
            await self._post(path, scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _say(send, 405, {"error": f"{path} is only read: GET it"})
        elif path == "/healthz":
            await _say(send, 200, self._health())
        elif path == "/metrics":
            await _send(send, 200, page(self._health()).encode(), CONTENT_TYPE)
        else:
            loop = asyncio.get_running_loop()
            status, found = await loop.run_in_executor(self._pool, self._get, path, _asked(scope))
            await _say(send, status, found)

    async def _post(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        kind = headers.get("content-type", "")
        answers = JSON if kind.startswith(JSON) else PROTOBUF
        try:
            if scope["method"] != "POST":
                raise Refused(405, "spans are sent with POST")
            body = await _body(receive)
            encoding = headers.get("content-encoding", "")
            if path == LATE:
                rejected = await self._intake.late(body, encoding=encoding)
            else:
                rejected = await self._intake.post(body, content_type=kind, encoding=encoding)
        except Refused as error:
            more = [(b"retry-after", b"1")] if error.status == 503 else []
            await _say(send, error.status, {"code": 3, "message": error.why}, more)
            return
        why = f"{rejected} spans have no valid trace id or span id"
        await _send(send, 200, answer(rejected, why, answers), answers)

    def _get(self, path: str, asked: Asked) -> Reply:
        is_v3 = path.startswith("/api/v3/")
        refusal = jaeger.refusal_v3 if is_v3 else jaeger.refusal
        try:
            words = [unquote(word) for word in path.removeprefix("/api/").split("/")]
            found = self._v3(words[1:], asked) if is_v3 else self._v1(words, asked)
        except jaeger.Unclear as error:
            return 400, refusal(400, str(error))
        except TargetError as error:
            return 503, refusal(503, error.why)
        if found is None:
            return 404, refusal(404, "there is no such trace" if "traces" in path else "not here")
        return 200, found

    def _v1(self, words: list[str], asked: Asked) -> Any:
        match words:
            case ["services"]:
                return jaeger.answer(list(self._traces.services()))
            case ["services", service, "operations"]:
                names = sorted({name for name, _ in self._traces.operations(service)})
                return jaeger.answer(names)
            case ["operations"]:
                found = self._traces.operations(asked.get("service", ""))
                return jaeger.answer([{"name": n, "spanKind": kind} for n, kind in found])
            case ["dependencies"]:
                between = summaries.time_v1(asked, time.time())
                return jaeger.answer(summaries.calls_v1(self._traces.calls(*between)))
            case ["traces"] if "traceID" in asked:
                named = [self._traces.trace(each) for each in asked["traceID"].split("\n")]
                return jaeger.answer([jaeger.trace_v1(spans) for spans in named if spans])
            case ["traces"]:
                traces = self._traces.find(jaeger.wanted(asked))
                return jaeger.answer([jaeger.trace_v1(spans) for spans in traces])
            case ["traces", trace_id]:
                spans = self._traces.trace(trace_id.lower().zfill(32))
                return jaeger.answer([jaeger.trace_v1(spans)]) if spans else None
        return None

    def _v3(self, words: list[str], asked: Asked) -> Any:
        match words:
            case ["services"]:
                return {"services": list(self._traces.services())}
            case ["operations"]:
                return jaeger.operations_v3(self._traces.operations(asked.get("service", "")))
            case ["dependencies"]:
                return summaries.calls_v3(self._traces.calls(*summaries.time_v3(asked)))
            case ["trace-summaries"]:
                return summaries.summaries_v3(self._traces.find(jaeger.wanted_v3(asked)))
            case ["traces"]:
                return jaeger.traces_v3(self._traces.find(jaeger.wanted_v3(asked)))
            case ["traces", trace_id]:
                spans = self._traces.trace(trace_id.lower().zfill(32))
                return jaeger.traces_v3([spans]) if spans else None
        return None


def _asked(scope: Scope) -> Asked:
    """The query; of a name that comes several times all values, a line each."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


async def _body(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the body ended too soon")
        piece = message.get("body", b"")
        size += len(piece)
        if size > BYTES_MAX:
            raise too_large()
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


async def _say(
    send: Send, status: int, found: Any, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    await _send(send, status, orjson.dumps(found), JSON, more)


async def _send(
    send: Send,
    status: int,
    body: bytes,
    content_type: str,
    more: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

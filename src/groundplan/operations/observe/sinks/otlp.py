"""OTLP over HTTP: log records as protobuf, their id in the attribute `log.record.uid`. Pure."""

from collections.abc import Sequence

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from groundplan.operations.observe.sinks.form import Answer, Doc, Letter, Said, address, refusal

PATH = "v1/logs"
_RESOURCE = ("service.name", "cloud.region", "service.node.name")
_NUMBERS = {"trace": 1, "debug": 5, "verbose": 5, "info": 9, "notice": 10, "warning": 13}
_NUMBERS |= {"error": 17, "critical": 21, "alert": 22, "emergency": 24, "fatal": 21, "panic": 22}
_OWN = frozenset({"@timestamp", "message", "log.level", "trace.id", *_RESOURCE})


class Otlp:
    """`url` is that of a collector; `token` is sent as a bearer's."""

    def __init__(self, url: str, token: str) -> None:
        self._url = address(url, PATH)
        self._headers = {"Content-Type": "application/x-protobuf"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def letter(self, docs: Sequence[Doc]) -> Letter:
        """A resource for each replica."""
        groups: dict[tuple[str, ...], list[LogRecord]] = {}
        for doc in docs:
            key = tuple(str(doc.ecs.get(name, "")) for name in _RESOURCE)
            groups.setdefault(key, []).append(_record(doc))
        sent = ExportLogsServiceRequest(
            resource_logs=[
                ResourceLogs(
                    resource=Resource(
                        attributes=[
                            _pair(name, text) for name, text in zip(_RESOURCE, key, strict=True)
                        ]
                    ),
                    scope_logs=[ScopeLogs(log_records=records)],
                )
                for key, records in groups.items()
            ]
        )
        return Letter(url=self._url, headers=self._headers, body=sent.SerializeToString())

    def understood(self, said: Said, docs: Sequence[Doc]) -> Answer:
        """It may refuse some of them, and does not say which: sending them again is forbidden."""
        if said.status != 200:
            return refusal(said, docs)
        try:
            partial = ExportLogsServiceResponse.FromString(said.body).partial_success
        except DecodeError:
            return Answer()  # it is taken, in words that are not those of OTLP
        return Answer(lost=partial.rejected_log_records, why=partial.error_message)

    def inquiry(self, receipt: str) -> Letter:
        """It gives no receipts."""
        raise AssertionError(receipt)

    def is_kept(self, said: Said, receipt: str) -> bool:
        """It gives no receipts."""
        raise AssertionError(receipt)


def _record(doc: Doc) -> LogRecord:
    level = str(doc.ecs.get("log.level", ""))
    rest = [_pair(name, value) for name, value in doc.ecs.items() if name not in _OWN]
    return LogRecord(
        time_unix_nano=round(doc.at * 1e6) * 1000,
        severity_number=_NUMBERS.get(level, 0),  # type: ignore[arg-type]
        severity_text=level,
        body=AnyValue(string_value=str(doc.ecs.get("message", ""))),
        attributes=[_pair("log.record.uid", doc.id), *rest],
        trace_id=_trace(doc.ecs.get("trace.id")),
    )


def _pair(name: str, value: object) -> KeyValue:
    match value:
        case bool():
            found = AnyValue(bool_value=value)
        case int() if abs(value) < 2**63:
            found = AnyValue(int_value=value)
        case float():
            found = AnyValue(double_value=value)
        case str():
            found = AnyValue(string_value=value)
        case _:
            found = AnyValue(string_value=orjson.dumps(value, default=str).decode())
    return KeyValue(key=name, value=found)


def _trace(value: object) -> bytes:
    try:
        found = bytes.fromhex(str(value or ""))
    except ValueError:
        return b""
    return found if len(found) == 16 else b""

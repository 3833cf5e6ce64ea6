"""OTLP: a batch of spans as it travels, in protobuf or in JSON. Pure.

JSON writes ids in hexadecimal where protobuf's own mapping has base64; the rest is that mapping.
"""

import base64
import binascii
import zlib
from typing import Any

import orjson
from google.protobuf import json_format
from google.protobuf.message import DecodeError, EncodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

BYTES_MAX = 8 * 1024 * 1024  # unpacked; SDKs send 512 spans, some 150 kB
JSON = "application/json"
PROTOBUF = "application/x-protobuf"
_IDS = ("traceId", "spanId", "parentSpanId")


class Refused(Exception):
    """A batch that is not taken: HTTP's status, and what is wrong."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its gzip; Refused when it is too large or no gzip."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Refused(415, f"content-encoding {encoding} is not known: send gzip or none")
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(body, BYTES_MAX + 1)
    except zlib.error as error:
        raise Refused(400, f"the body is no gzip: {error}") from error
    if len(plain) > BYTES_MAX:
        raise too_large()
    if not machine.eof:
        raise Refused(400, "the gzip ends too soon")
    return plain


def too_large() -> Refused:
    """More than is ever taken at once."""
    return Refused(413, f"a batch has at most {BYTES_MAX} bytes: send fewer spans at once")


def decoded(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The batch; Refused with a sentence when it cannot be read."""
    if len(body) > BYTES_MAX:
        raise too_large()
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return _from_json(body)
    if kind not in (PROTOBUF, "application/protobuf"):
        raise Refused(415, f"content-type {kind or '(none)'}: send {PROTOBUF} or {JSON}")
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise Refused(400, f"the body is no OTLP protobuf: {error}") from error
    return request


def answer(rejected: int, why: str, content_type: str) -> bytes:
    """What whoever sent a batch is told: all is well, or how many spans were not taken."""
    response = ExportTraceServiceResponse()
    if rejected:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = why
    if content_type.startswith(JSON):
        return json_format.MessageToJson(response, indent=None).encode()
    return response.SerializeToString()


def _from_json(body: bytes) -> ExportTraceServiceRequest:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"the body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Refused(400, "the body is no OTLP: an object with resourceSpans is expected")
    try:
        _ids_as_base64(found)
        request = ExportTraceServiceRequest()
        json_format.ParseDict(found, request, ignore_unknown_fields=True)
    except (json_format.ParseError, EncodeError, TypeError, AttributeError) as error:
        raise Refused(400, f"the body is no OTLP JSON: {error}") from error
    except (ValueError, binascii.Error) as error:
        raise Refused(400, f"an id is not hexadecimal: {error}") from error
    return request


def _ids_as_base64(request: dict[str, Any]) -> None:
    for resource in _list(request, "resourceSpans"):
        for scope in _list(resource, "scopeSpans"):
            for span in _list(scope, "spans"):
                for each in (span, *_list(span, "links")):
                    for name in _IDS:
                        if each.get(name):
                            each[name] = base64.b64encode(bytes.fromhex(each[name])).decode()


def _list(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return holder.get(name) or []

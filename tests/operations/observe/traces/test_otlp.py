"""Batches as they travel: what is taken, and what is refused with which sentence."""

import gzip
import json

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from operations.observe.traces.samples import batch, span

from groundplan.operations.observe.traces.otlp import (
    BYTES_MAX,
    JSON,
    PROTOBUF,
    Refused,
    answer,
    decoded,
    unpacked,
)

# The example of the OTLP specification, shortened.
WRITTEN = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]
            },
            "scopeSpans": [
                {
                    "scope": {"name": "my.library"},
                    "spans": [
                        {
                            "traceId": "5B8EFFF798038103D269B633813FC60C",
                            "spanId": "EEE19B7EC3C1B174",
                            "parentSpanId": "EEE19B7EC3C1B173",
                            "name": "I'm a server span",
                            "startTimeUnixNano": "1544712660000000000",
                            "endTimeUnixNano": "1544712661000000000",
                            "kind": 2,
                            "attributes": [{"key": "n", "value": {"intValue": "7"}}],
                            "links": [
                                {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "01" * 8}
                            ],
                            "something.new": True,
                        }
                    ],
                }
            ],
        }
    ]
}


def test_protobuf_comes_as_it_was_sent() -> None:
    sent = batch(span(1, 2))
    assert decoded(sent.SerializeToString(), PROTOBUF) == sent


def test_json_has_its_ids_in_hexadecimal() -> None:
    request = decoded(json.dumps(WRITTEN).encode(), "application/json; charset=utf-8")
    (found,) = request.resource_spans[0].scope_spans[0].spans
    assert found.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert found.parent_span_id.hex() == "eee19b7ec3c1b173"
    assert found.links[0].span_id == b"\1" * 8
    assert found.attributes[0].value.int_value == 7
    assert found.end_time_unix_nano - found.start_time_unix_nano == 10**9


@pytest.mark.parametrize(
    ("body", "kind", "status", "why"),
    [
        (b"\xff\xff\xff\xff", PROTOBUF, 400, "no OTLP protobuf"),
        (b"{", JSON, 400, "no JSON"),
        (b"[]", JSON, 400, "resourceSpans is expected"),
        (b'{"resourceSpans":7}', JSON, 400, "no OTLP JSON"),
        (b'{"resourceSpans":["x"]}', JSON, 400, "no OTLP JSON"),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"}]}]}]}', JSON, 400, "hexa"),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":7}]}]}]}', JSON, 400, "no OTLP"),
        (b"\xff", JSON, 400, "no JSON"),
        (b"", "text/plain", 415, "content-type text/plain"),
        (b"", "", 415, "(none)"),
        (b"x" * (BYTES_MAX + 1), PROTOBUF, 413, "at most"),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, kind: str, status: int, why: str) -> None:
    with pytest.raises(Refused) as refused:
        decoded(body, kind)
    assert refused.value.status == status
    assert why in refused.value.why


def test_a_name_that_is_no_utf8_is_refused() -> None:
    body = batch(span(1, 2, name="ab")).SerializeToString().replace(b"ab", b"\xc3\x28")
    with pytest.raises(Refused, match="protobuf"):
        decoded(body, PROTOBUF)


def test_gzip_is_unpacked_and_never_to_more_than_is_allowed() -> None:
    assert unpacked(gzip.compress(b"spans"), "gzip") == b"spans"
    assert unpacked(b"spans", "") == b"spans"
    bomb = gzip.compress(bytes(BYTES_MAX * 2))
    for body, encoding, status in (
        (bomb, "gzip", 413),
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"spans")[:-3], "gzip", 400),
        (b"", "br", 415),
    ):
        with pytest.raises(Refused) as refused:
            unpacked(body, encoding)
        assert refused.value.status == status


def test_the_answer_counts_what_was_not_taken() -> None:
    assert answer(0, "", PROTOBUF) == b""
    assert json.loads(answer(0, "", JSON)) == {}
    response = ExportTraceServiceResponse.FromString(answer(3, "no id", PROTOBUF))
    assert response.partial_success.rejected_spans == 3
    assert json.loads(answer(3, "no id", JSON))["partialSuccess"]["errorMessage"] == "no id"

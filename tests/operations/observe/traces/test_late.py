"""Requests that a gateway left out: what it logs of those that went wrong becomes their spans."""

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from groundplan.operations.observe.traces.late import spans_of
from groundplan.operations.observe.traces.otlp import Refused

AT = 1_795_600_800 * 10**9
TRACE, ENTERED, TRIED = "9b4125d2aff9970819d883f29e38e4ce", "3d1f1237f2df2735", "8a4903aabf6ef47b"
SLOW = {
    "traceparent": f"00-{TRACE}-{TRIED}-00",
    "http.status_code": "200",
    "upstream_cluster": "web/stable",
    "upstream_tries": "1",
    "done_us": "300577",
    "tried_us": "200",
    "answered_us": "300500",
}


def found(share: float = 0.1, **changed: str) -> list[Span]:
    """The spans of one record; `changed` with _ for the dots of names."""
    said = SLOW | {key.replace("__", "."): value for key, value in changed.items()}
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "gateway"
    record = LogRecord(
        trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(ENTERED), time_unix_nano=AT
    )
    record.body.string_value = "GET web"
    for key, value in said.items():
        record.attributes.add(key=key).value.string_value = value
    resource.scope_logs.add().log_records.append(record)
    (resource_spans,) = spans_of(request.SerializeToString(), share).resource_spans
    assert resource_spans.resource == resource.resource
    return list(resource_spans.scope_spans[0].spans)


def test_a_slow_request_is_entered_and_tried() -> None:
    entered, tried = found()
    assert (entered.name, entered.span_id.hex(), entered.parent_span_id) == (
        "GET web",
        ENTERED,
        b"",
    )
    assert (tried.name, tried.span_id.hex()) == ("GET to web/stable", TRIED)
    assert tried.parent_span_id == entered.span_id
    assert (entered.start_time_unix_nano, entered.end_time_unix_nano) == (AT, AT + 300_577_000)
    assert tried.start_time_unix_nano == AT + 200_000
    assert tried.end_time_unix_nano == AT + 300_500_000
    assert {each.status.code for each in (entered, tried)} == {Status.STATUS_CODE_UNSET}
    told = {each.key for each in entered.attributes}
    assert told == {"http.status_code", "upstream_cluster"}


@pytest.mark.parametrize("status", ["503", "0", ""])
def test_a_failure_is_an_error(status: str) -> None:
    assert {each.status.code for each in found(http__status_code=status)} == {
        Status.STATUS_CODE_ERROR
    }


def test_nobody_was_tried_where_nobody_was_there() -> None:
    for tries in ("", "0", "-"):
        (entered,) = found(upstream_tries=tries, http__status_code="503")
        assert entered.status.code == Status.STATUS_CODE_ERROR


def test_tries_that_failed_are_an_error_though_the_last_was_answered() -> None:
    entered, failed, last = found(upstream_tries="3")
    assert failed.name == "GET to web/stable: 2 tries before that failed"
    assert [each.status.code for each in (entered, failed, last)] == [0, 2, 0]
    assert failed.parent_span_id == last.parent_span_id == entered.span_id
    assert failed.end_time_unix_nano == last.start_time_unix_nano
    assert len({each.span_id for each in (entered, failed, last)}) == 3


def test_times_that_are_not_known_end_with_the_request() -> None:
    (_, tried) = found(tried_us="-", answered_us="-")
    assert (tried.start_time_unix_nano, tried.end_time_unix_nano) == (AT, AT + 300_577_000)
    (entered, _) = found(done_us="-")
    assert entered.end_time_unix_nano == AT


def test_a_parent_of_another_trace_or_none_is_no_try() -> None:
    for parent in ("", "-", "nonsense", f"00-{'1' * 32}-{TRIED}-00", f"00-{TRACE}-short-00"):
        assert len(found(traceparent=parent)) == 1


def test_what_the_gateway_sent_itself_comes_no_second_time() -> None:
    assert found(share=1.0) == []


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(Refused, match="no OTLP protobuf"):
        spans_of(b"\xff\xff", 0.1)

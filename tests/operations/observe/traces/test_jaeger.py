"""Jaeger's shapes, as its users read them, and its questions, as they ask."""

from pathlib import Path

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from operations.observe.traces.samples import NOW, batch, span, stored

from groundplan.operations.observe.traces.find import Traces, Wanted
from groundplan.operations.observe.traces.jaeger import (
    Unclear,
    trace_v1,
    traces_v3,
    wanted,
    wanted_v3,
)


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    child = span(
        1, 2, parent=1, at=NOW + 0.001, name="insert", failed=True, db__system="postgresql"
    )
    child.attributes.add(key="rows").value.int_value = 3
    child.events.add(name="retry", time_unix_nano=round(NOW * 1e9))
    child.links.add(trace_id=b"\2" * 16, span_id=b"\3" * 8)
    stored(tmp_path, (batch(span(1, 1), service="gateway"), batch(child)))
    return Traces(tmp_path)


def test_the_old_shape_has_processes_references_and_microseconds(traces: Traces) -> None:
    shown = trace_v1(traces.trace(f"{1:032x}"))
    root, child = shown["spans"]
    assert shown["processes"][root["processID"]]["serviceName"] == "gateway"
    assert shown["processes"][child["processID"]]["serviceName"] == "shop"
    assert root["startTime"] == round(NOW * 1e6)
    assert root["duration"] == 10_000
    assert child["references"] == [
        {"refType": "CHILD_OF", "traceID": f"{1:032x}", "spanID": f"{1:016x}"},
        {"refType": "FOLLOWS_FROM", "traceID": "02" * 16, "spanID": "03" * 8},
    ]
    tags = {tag["key"]: (tag["type"], tag["value"]) for tag in child["tags"]}
    assert tags["rows"] == ("int64", 3)
    assert tags["error"] == ("bool", True)
    assert tags["span.kind"] == ("string", "server")
    assert child["logs"][0]["fields"][0] == {"key": "event", "type": "string", "value": "retry"}


def test_the_new_shape_is_otlp(traces: Traces) -> None:
    shown = traces_v3([traces.trace(f"{1:032x}")])["result"]
    (child,) = shown["resourceSpans"][1]["scopeSpans"][0]["spans"]
    assert child["traceId"] == f"{1:032x}"
    assert child["startTimeUnixNano"] == str(round((NOW + 0.001) * 1e6) * 1000)
    assert {"key": "rows", "value": {"intValue": "3"}} in child["attributes"]
    for resource in shown["resourceSpans"]:  # everything but its ids is protobuf's own mapping
        for each in resource["scopeSpans"][0]["spans"]:
            for name in ("traceId", "spanId", "parentSpanId", "links"):
                each.pop(name, None)
    json_format.ParseDict(shown, TracesData())


def test_a_question_of_grafana_is_understood() -> None:
    found = wanted(
        {
            "service": "shop",
            "operation": "GET /",
            "start": "1795600800000000",
            "end": "1795604400000000",
            "minDuration": "1.5s",
            "maxDuration": "1m30s",
            "limit": "5",
            "lookback": "custom",
            "tags": '{"http.status_code":"500","n":3}',
        }
    )
    assert found == Wanted(
        service="shop",
        operation="GET /",
        since=1_795_600_800.0,
        until=1_795_604_400.0,
        longer=1.5,
        shorter=90.0,
        attributes=(("http.status_code", "500"), ("n", "3")),
        limit=5,
    )
    assert wanted({"operation": "all", "tag": "error:true\na:b:c"}) == Wanted(
        attributes=(("error", "true"), ("a", "b:c"))
    )


@pytest.mark.parametrize("style", ["query.serviceName", "query.service_name"])
def test_a_question_of_the_new_shape_is_understood(style: str) -> None:
    found = wanted_v3(
        {
            style: "shop",
            "query.startTimeMin": "2026-11-25T10:00:00.123456789Z",
            "query.durationMin": "200ms",
            "query.searchDepth": "7",
            "query.attributes": '{"a":"b"}',
        }
    )
    assert found == Wanted(
        service="shop", since=NOW + 0.123456, longer=0.2, attributes=(("a", "b"),), limit=7
    )


@pytest.mark.parametrize(
    "asked",
    [{"tags": "x"}, {"tags": "[]"}, {"tag": "x"}, {"start": "x"}, {"minDuration": "5 parsecs"}],
)
def test_a_question_that_is_none_says_why(asked: dict[str, str]) -> None:
    with pytest.raises(Unclear):
        wanted(asked)


@pytest.mark.parametrize("asked", [{"query.attributes": "x"}, {"query.startTimeMin": "today"}])
def test_a_new_question_that_is_none_says_why(asked: dict[str, str]) -> None:
    with pytest.raises(Unclear):
        wanted_v3(asked)

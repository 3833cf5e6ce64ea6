"""Traces in a line each and who calls whom, as Jaeger's own pages ask for them."""

from pathlib import Path

import pytest
from operations.observe.traces.samples import NOW, batch, span, stored

from groundplan.operations.observe.traces.find import Traces, Wanted
from groundplan.operations.observe.traces.jaeger import Unclear
from groundplan.operations.observe.traces.summaries import (
    calls_v1,
    calls_v3,
    summaries_v3,
    time_v1,
    time_v3,
)


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    of_shop = (
        span(1, 2, parent=1, at=NOW + 0.001, seconds=0.5, failed=True),
        span(1, 3, parent=2, at=NOW + 0.002),
        span(2, 2, parent=9, at=NOW + 0.003),  # its parent never came
    )
    again = batch(of_shop[0])  # sent twice
    stored(tmp_path, (batch(span(1, 1), service="gateway"), batch(*of_shop), again))
    return Traces(tmp_path)


def test_a_summary_tells_of_the_whole_trace(traces: Traces) -> None:
    newest, first = summaries_v3(traces.find(Wanted(limit=9)))["summaries"]
    assert first == {
        "traceId": f"{1:032x}",
        "rootServiceName": "gateway",
        "rootOperationName": "GET /",
        "minStartTimeUnixNano": str(round(NOW * 10**6) * 1000),
        "maxEndTimeUnixNano": str(round((NOW + 0.501) * 10**6) * 1000),
        "spanCount": 3,
        "errorSpanCount": 1,
        "orphanSpanCount": 0,
        "services": [
            {"name": "gateway", "spanCount": 1, "errorSpanCount": 0},
            {"name": "shop", "spanCount": 2, "errorSpanCount": 1},
        ],
    }
    assert (newest["orphanSpanCount"], newest["rootServiceName"]) == (1, "shop")


def test_calls_are_counted_between_services(traces: Traces) -> None:
    calls = traces.calls(NOW - 60, NOW + 60)
    assert calls == (("gateway", "shop", 1),), "neither within a service nor a span sent twice"
    assert calls_v1(calls) == [{"parent": "gateway", "child": "shop", "callCount": 1}]
    assert calls_v3(calls)["dependencies"][0]["callCount"] == "1"
    assert traces.calls(NOW + 60, NOW + 120) == ()


def test_the_times_that_are_asked_for() -> None:
    assert time_v1({"endTs": "2000", "lookback": "500"}, 9.0) == (1.5, 2.0)
    assert time_v1({}, 86_401.0) == (1.0, 86_401.0)
    asked = {"start_time": "2026-11-25T00:00:00Z", "end_time": "2026-11-25T00:01:00Z"}
    since, until = time_v3(asked)
    assert until - since == 60
    for wrong in ({}, {"startTime": asked["end_time"], "endTime": asked["start_time"]}):
        with pytest.raises(Unclear, match="endTime"):
            time_v3(wrong)

"""Traces are found by id, by service and operation, by length, by what failed, by attributes."""

from pathlib import Path

import pytest
from operations.observe.traces.samples import NOW, batch, span, stored

from groundplan.errors import TargetError
from groundplan.operations.observe.traces.find import Traces, Wanted

BATCHES = (
    batch(span(1, 1, at=NOW - 4000, name="GET /a", user__id="ada"), service="shop"),
    batch(span(2, 1, name="GET /b", seconds=0.5), service="shop"),
    batch(span(3, 1, at=NOW + 1, name="POST /a"), service="gateway"),
    batch(span(3, 2, at=NOW + 1.001, parent=1, name="insert", failed=True), service="shop"),
)


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    stored(tmp_path, BATCHES)
    return Traces(tmp_path)


def numbers(traces: Traces, wanted: Wanted) -> list[int]:
    return [int(spans[0].trace_id, 16) for spans in traces.find(wanted)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), [3, 2, 1]),
        (Wanted(limit=2), [3, 2]),
        (Wanted(service="shop"), [3, 2, 1]),
        (Wanted(service="gateway"), [3]),
        (Wanted(service="gateway", errors=True), [3]),
        (Wanted(service="gateway", operation="insert"), []),
        (Wanted(longer=0.4), [2]),
        (Wanted(shorter=0.1), [3, 1]),
        (Wanted(since=NOW - 60), [3, 2]),
        (Wanted(until=NOW - 60), [1]),
        (Wanted(attributes=(("user.id", "ada"),)), [1]),
        (Wanted(attributes=(("service.name", "gateway"),)), [3]),
        (Wanted(attributes=(("error", "true"),)), [3]),
        (Wanted(service="nobody"), []),
    ],
)
def test_what_fits_is_found_newest_first(
    traces: Traces, wanted: Wanted, expected: list[int]
) -> None:
    assert numbers(traces, wanted) == expected


def test_services_and_their_operations(traces: Traces) -> None:
    assert traces.services() == ("gateway", "shop")
    assert traces.operations("gateway") == (("POST /a", "server"),)
    assert [name for name, _ in traces.operations("shop")] == ["GET /a", "GET /b", "insert"]


def test_a_trace_whose_id_nobody_knows_is_empty(traces: Traces, tmp_path: Path) -> None:
    assert traces.trace("f" * 32) == ()
    assert Traces(tmp_path / "none").trace("f" * 32) == ()
    assert Traces(tmp_path / "none").services() == ()


def test_nobodys_words_reach_the_query(traces: Traces) -> None:
    assert numbers(traces, Wanted(service="' OR true --")) == []
    assert traces.trace("' OR true --") == ()
    with pytest.raises(TargetError):
        numbers(traces, Wanted(attributes=(('x" || 1', "y"),)))

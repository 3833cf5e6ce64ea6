"""`trace`: a waterfall, lists, JSON, and what it says when there is nothing."""

import json
from pathlib import Path

import pytest
from cli.doubles import DESIGN, Prompt
from operations.observe.traces.samples import NOW, batch, span, stored

from groundplan.cli.shown.waterfall import tree, waterfall
from groundplan.cli.terminal.screen import Screen
from groundplan.operations.observe.traces.find import Traces
from groundplan.ports.records import traces_of

ID = f"{1:032x}"


@pytest.fixture
def traced(prompt: Prompt) -> Prompt:
    """A platform with two traces: one that failed, one that was slow an hour ago."""
    prompt.write()
    prompt.target.built = DESIGN
    stored(
        traces_of(prompt.target.folder),
        (
            batch(span(1, 1, at=NOW, name="GET /a", seconds=0.1), service="gateway"),
            batch(span(1, 2, parent=1, at=NOW + 0.05, name="in\x1b[2Jsert", failed=True)),
            batch(span(2, 1, at=NOW - 3600, name="GET /b", seconds=2.0)),
        ),
    )
    return prompt


def test_a_trace_is_a_waterfall(traced: Prompt) -> None:
    told = traced("trace", ID)
    assert told.code == 0
    head, root, child = told.out.splitlines()
    assert head == f"trace {ID}  2026-11-25T10:00:00.000Z  100.00 ms  2 spans  kept: error"
    assert root.startswith("gateway  GET /a")
    assert root.rstrip().endswith("100.00 ms")
    assert child.startswith("  shop  in\\x1b[2Jsert"), "nothing steers the terminal"
    assert child.endswith("10.00 ms  error it broke")
    assert child.index("█") > root.index("█")


def test_a_traceparent_and_a_short_id_are_ids(traced: Prompt) -> None:
    assert traced("trace", f"00-{ID}-{'0' * 15}1-01").out == traced("trace", "1").out


def test_a_trace_for_programs(traced: Prompt) -> None:
    shown = json.loads(traced("trace", ID, "-o", "json").out)
    assert shown["services"] == ["gateway", "shop"]
    assert [each["status"] for each in shown["spans"]] == ["unset", "error"]
    assert shown["spans"][1]["parent_id"] == f"{1:016x}"


def test_traces_are_listed_newest_first(traced: Prompt) -> None:
    head, first, second = traced("trace").out.splitlines()
    assert head.split() == ["trace", "began", "took", "spans", "service", "operation", "kept"]
    assert first.startswith(ID)
    assert "2000.00 ms" in second


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--errors",), [1]),
        (("--longer", "1 s"), [2]),
        (("--service", "gateway"), [1]),
        (("--operation", "GET /b"), [2]),
        (("--since", "1 s"), []),
        (("--slow",), [2, 1]),
        (("-n", "1"), [1]),
    ],
)
def test_traces_are_chosen(traced: Prompt, words: tuple[str, ...], found: list[int]) -> None:
    shown = json.loads(traced("trace", *words, "-o", "json").out)["traces"]
    assert sorted(int(each["trace_id"], 16) for each in shown) == sorted(found)


def test_what_is_not_there_says_what_to_try(traced: Prompt) -> None:
    for word, why in (("f" * 32, "is not there"), ("nonsense", "is no id")):
        told = traced("trace", word)
        assert told.code == 1
        assert why in told.err
    assert traced("trace", "--service", "nobody").err == "note: no trace fits\n"


def test_before_the_first_trace_there_is_a_note(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("trace")
    assert told.code == 0
    assert "no traces of" in told.err


def test_strange_parents_lose_no_span(tmp_path: Path) -> None:
    stored(
        tmp_path,
        (
            batch(span(1, 1, parent=1), span(1, 2, parent=9), span(1, 3, parent=4)),
            batch(span(1, 4, parent=3), span(1, 5, parent=2)),
        ),
    )
    spans = Traces(tmp_path).trace(ID)
    drawn = [(depth, int(each.span_id, 16)) for depth, each in tree(spans)]
    assert sorted(number for _, number in drawn) == [1, 2, 3, 4, 5]
    assert (1, 5) in drawn
    assert len(waterfall(spans, Screen(), 80).splitlines()) == 5

"""`search`: what it prints, and what it says of a wrong question."""

import json
from pathlib import Path

import pytest
from cli.doubles import DESIGN, Prompt
from operations.observe.logs.samples import CLASSES, source

from groundplan.operations.observe.logs.collect import Collector
from groundplan.operations.observe.logs.hot import Hot
from groundplan.parquet.store import Store
from groundplan.ports.records import logs_of


@pytest.fixture
def logged(prompt: Prompt) -> Prompt:
    """A platform with three records."""
    prompt.write()
    folder = prompt.target.folder
    prompt.target.built = DESIGN
    output = folder / "logs" / "north" / "shop-1.log"
    output.parent.mkdir(parents=True)
    output.write_text(
        '{"message":"all is well","log.level":"info"}\n'
        '{"message":"it broke \\u001b[2J","log.level":"error"}\n'
        '{"http.request.method":"GET","url.path":"/a","http.response.status_code":200}\n'
    )
    with Store(logs_of(folder)) as store:
        hot = Hot(logs_of(folder))
        collector = Collector(folder / "logs", store, CLASSES, hot=hot)
        collector.follow((source(),))
        for _ in range(2):
            collector.round(1_795_600_800.0, hot_since=0.0)
        hot.close()
    return prompt


def test_the_newest_come_last(logged: Prompt) -> None:
    told = logged("search", "part:north/shop-1")
    assert told.code == 0
    first, second, third = told.out.splitlines()
    assert first == "2026-11-25T10:00:00.000Z  north/shop-1  info  all is well"
    assert second.endswith("error  it broke \\x1b[2J"), "nothing steers the terminal"
    assert third.endswith("-  GET /a 200")


def test_records_for_programs_are_one_a_line(logged: Prompt) -> None:
    told = logged("search", "level:error", "-o", "ndjson")
    (record,) = map(json.loads, told.out.splitlines())
    assert record["log.level"] == "error"


def test_a_limit_and_a_class(logged: Prompt) -> None:
    assert len(logged("search", "service:shop", "-n", "1").out.splitlines()) == 1
    assert logged("search", "service:shop", "--class", "audit").out == ""


def test_a_wrong_search_is_3_and_says_how(logged: Prompt) -> None:
    told = logged("search", '"open')
    assert told.code == 3
    assert "quotation that does not end" in told.out + told.err


def test_a_wrong_time_is_1(logged: Prompt) -> None:
    assert logged("search", "x", "--since", "soon").code == 1


def test_before_anything_is_collected_it_says_so(prompt: Prompt, tmp_path: Path) -> None:
    prompt.write()
    told = prompt("search", "anything")
    assert (told.code, told.out) == (0, "")
    assert "no logs of shop (production) were collected yet" in told.err


def test_audit_records_are_verified(logged: Prompt) -> None:
    folder = logged.target.folder
    (folder / "logs/north/shop-1.log").write_text('{"message":"x","event.dataset":"audit"}\n' * 2)
    with Store(logs_of(folder)) as store:
        collector = Collector(folder / "logs", store, CLASSES)
        collector.follow((source(),))
        for _ in range(2):
            collector.round(1_795_600_800.0)
    told = logged("search", "--verify")
    assert (told.code, told.out.partition(";")[0]) == (0, "2 audit records, none changed")
    for path in logs_of(folder).glob("class=audit/**/*.parquet"):
        path.unlink()
    told = logged("search", "--verify", "-o", "ndjson")
    assert told.code == 1
    assert json.loads(told.out)["problems"][-1] == "the end is cut off: records 1 to 2 are gone"
    assert "broken: " in logged("search", "--verify").out

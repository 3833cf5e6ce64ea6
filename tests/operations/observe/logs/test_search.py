"""Searches: one language, the same answer from the fast index and from the files."""

import json
from pathlib import Path

import pytest
from operations.observe.logs.samples import NOW, collected, collecting, found, messages, write

from groundplan.errors import SpecError
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.search import Search

RECORDS = (
    {"message": "Connection reset by peer", "log.level": "error", "trace.id": "4bf92f35"},
    {
        "message": "connection timeout after 30 s",
        "log.level": "WARN",
        "http.response.status_code": 504,
    },
    {"message": "reset the connection", "log.level": "info", "user.name": "Ada"},
    {"message": "GET /healthz", "http.response.status_code": 200, "event.duration": 12.5},
    {"message": "Straße gesperrt, ÄRGER", "tags": ["city"], "event.duration": 99},
    {"message": "timeouts: none", "labels": {"kind": "timeout"}},
    {"message": "snake_case_word"},
)


@pytest.fixture(params=["index", "files", "half"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same records, found by the fast index, in the files, or half in each."""
    since = {"index": NOW - 6 * 3600, "files": NOW + 3600, "half": NOW - 3600}[request.param]
    with collecting(tmp_path) as collector:
        for number, each in enumerate(RECORDS):
            hour = 8 if number % 2 else 9
            at = f"2026-11-25T{hour:02d}:00:{number:02d}Z"
            write(tmp_path, json.dumps({"@timestamp": at, **each}).encode() + b"\n")
            collected(collector, since=since)
        collector.tidy(NOW, hot_since=since)
    return tmp_path


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("connection", {0, 1, 2}),
        ('"connection reset"', {0}),
        ("connection reset", {0, 2}),
        ("connection -timeout", {0, 2}),
        ("-connection", {3, 4, 5, 6}),
        ("timeout", {1, 5}),
        ("timeout*", {1, 5}),
        ("message:timeout*", {1, 5}),
        ("message:timeout", {1}),
        ("time", set()),
        ("level:error", {0}),
        ("level:warning", {1}),
        ("-level:error connection", {1, 2}),
        ("status:>=500", {1}),
        ("status:<500", {3}),
        ("event.duration:>50", {4}),
        ("event.duration:12.5", {3}),
        ("user.name:ada", {2}),
        ("user.name:a*", {2}),
        ("trace:4bf92f35", {0}),
        ("tag:city", {4}),
        ("straße", {4}),
        ("ärger", {4}),
        ("case", {6}),
        ("snake_case", {6}),
        ("labels.kind:timeout", {5}),
        ("region:north part:north/shop-1 service:shop", set(range(7))),
        ("region:south", set()),
        ("class:application", set(range(7))),
        ("status:>=abc", set()),
    ],
)
def test_both_answer_alike(place: Path, query: str, numbers: set[int]) -> None:
    wanted = {str(RECORDS[number]["message"]) for number in numbers}
    kept = messages(place, query)
    assert set(kept) == wanted
    assert len(kept) == len(wanted), "nothing is found twice"


def test_the_newest_come_first_and_no_more_than_asked(place: Path) -> None:
    kept = found(place)
    stamps = [each["@timestamp"] for each in kept]
    assert stamps == sorted(stamps)
    assert found(place, limit=3) == kept[-3:]


def test_time_ranges(place: Path) -> None:
    nine = NOW - 3600
    assert len(found(place, since=nine)) == 4
    assert len(found(place, until=nine)) == 3
    assert len(found(place, klass="audit")) == 0


@pytest.mark.parametrize("query", ['"open', "-", "level:", '""', "...", "::"])
def test_what_is_no_search_is_said(query: str) -> None:
    with pytest.raises(SpecError):
        terms(query)


def test_a_quote_in_a_search_is_only_text(place: Path) -> None:
    assert messages(place, "x'; DROP TABLE rows--") == []
    assert messages(place, "user.name:x'y") == []


def test_an_empty_store_has_nothing(tmp_path: Path) -> None:
    search = Search(tmp_path)
    assert list(search.newest(Question())) == []
    assert search.last_batch() == 0


def test_following_shows_what_comes_in(tmp_path: Path) -> None:
    with collecting(tmp_path) as collector:
        write(tmp_path, b'{"message":"before"}\n')
        collected(collector)
        search = Search(tmp_path / "store")
        last = search.last_batch()
        write(tmp_path, b'{"message":"one after"}\n{"message":"two"}\n')
        collected(collector)
        new, last = search.follow(Question(terms=terms("after")), last)
        assert [each["message"] for each in new] == ["one after"]
        assert search.follow(Question(), last) == ((), last)

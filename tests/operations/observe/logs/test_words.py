"""Filters of words: what they say is there may be, what they say is not there is not."""

import json
from pathlib import Path

import pytest
from operations.observe.logs.samples import NOW, collected, collecting, found, messages, write

from groundplan.operations.observe.logs import words
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.parquet.manifest import Listed, Manifest

LATER = NOW + 3600


def merged(folder: Path, count: int = 3) -> tuple[Listed, ...]:
    """Some batches of one hour, merged, with filters."""
    with collecting(folder, hot=False) as collector:
        for number in range(count):
            record = {
                "@timestamp": "2026-11-25T09:00:00Z",
                "message": f"Needle{number} of Ärger, \u212aelvin",
                "user.name": f"ada{number}",
                "path": "/api/v1/snake_case",
            }
            write(folder, json.dumps(record).encode() + b"\n" + b'{"message":"hay"}\n')
            collected(collector)
        collector.tidy(NOW, hot_since=LATER + 3600)
    with Manifest(folder / "store", read_only=True) as manifest:
        return manifest.files()


def spans(folder: Path, file: Listed, query: str) -> words.Spans | None:
    hashes = words.hashes_of(Question(terms=terms(query)))
    return words.spans(folder / "store", file, hashes)


def test_a_row_group_is_read_only_for_words_that_it_may_hold(tmp_path: Path) -> None:
    nine, *_ = merged(tmp_path)
    assert nine.batch.startswith("merged-")
    assert spans(tmp_path, nine, "nEEdle1") == ((0, nine.rows - 1),)
    assert spans(tmp_path, nine, '"needle1 of" user.name:ada0 v1 snake case') is not None
    assert spans(tmp_path, nine, "needle7") == ()
    assert spans(tmp_path, nine, "needle1 nowhere") == ()
    assert spans(tmp_path, nine, "user.name:eve") == ()


@pytest.mark.parametrize("query", ["-nowhere", "nowhe*", "level:nowhere", "user.n:>5", "Älter"])
def test_what_is_not_a_whole_word_rules_nothing_out(query: str) -> None:
    assert words.hashes_of(Question(terms=terms(query))) == ()


def test_searches_find_the_same_with_filters_and_without(tmp_path: Path) -> None:
    (nine, *_) = merged(tmp_path)
    queries = (
        "needle2",
        "needle9",
        '"needle1 of"',
        "user.name:ada1",
        "hay",
        "need*",
        "-hay",
        "kelvin",
    )
    with_filters = [found(tmp_path, query) for query in queries]
    assert len(found(tmp_path, "kelvin")) == 3, "its sign is a plain letter in small letters"
    assert messages(tmp_path, "needle2") == ["Needle2 of Ärger, \u212aelvin"]
    words.path_of(tmp_path / "store", nine).unlink()
    assert [found(tmp_path, query) for query in queries] == with_filters


def test_a_broken_file_ends_no_collector(tmp_path: Path) -> None:
    nine, *_ = merged(tmp_path)
    store = tmp_path / "store"
    words.forget(store, ())
    (store / nine.path).write_bytes(b"no Parquet")
    with collecting(tmp_path, hot=False) as collector:
        collector.tidy(NOW, hot_since=LATER + 3600)
    assert not words.path_of(store, nine).exists()


def test_a_broken_filter_rules_nothing_out_and_old_ones_go(tmp_path: Path) -> None:
    nine, *_ = merged(tmp_path)
    place = words.path_of(tmp_path / "store", nine)
    good = place.read_bytes()
    for data in (
        b"",
        b"{}\n",
        b"no json\n",
        good[:-2000],
        good.replace(b'"groups"', b'"others"'),
    ):
        place.write_bytes(data)
        assert spans(tmp_path, nine, "nowhere") in (None, ())
    words.forget(tmp_path / "store", ())
    assert not place.exists()
    assert list(words.missing(tmp_path / "store", [nine])) == [nine]

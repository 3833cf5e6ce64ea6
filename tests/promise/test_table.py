"""The table of promises as JSON."""

import json
from dataclasses import replace

import pytest

from groundplan.promise.promise import EvidenceKind, Verdict
from groundplan.promise.standing import Standing
from groundplan.promise.table import from_json, to_json
from tests.promise.samples import PROMISE, evidence

ROW = Standing(
    promise=PROMISE,
    proven=evidence(Verdict.KEPT, EvidenceKind.PROVEN),
    measured=replace(evidence(Verdict.BROKEN), samples=12, lasts_seconds=60.0),
)


def test_a_table_is_read_as_it_was_written() -> None:
    rows = (ROW, Standing(promise=replace(PROMISE, id="other")))
    assert from_json(json.loads(json.dumps(to_json(rows)))) == rows


def test_a_row_has_the_keys_that_scripts_rely_on() -> None:
    table = json.loads(json.dumps(to_json((ROW,))))
    assert table["format_version"] == "1.0"
    row = table["promises"][0]
    assert {"id", "section", "file", "line", "column", "statement", "target", "unit"} <= set(row)
    assert {"verdict", "value", "because"} <= set(row["proven"])
    assert row["simulated"]["verdict"] == "unknown"
    assert row["simulated"]["at"] is None
    assert {"verdict", "value", "at", "how", "samples"} <= set(row["measured"])
    assert (row["measured"]["verdict"], row["verdict"]) == ("broken", "broken")
    assert row["measured"]["at"] == "1970-01-01T00:16:40Z"


def test_later_tables_may_have_more_and_other_tables_are_refused() -> None:
    table = json.loads(json.dumps(to_json((ROW,))))
    table["promises"][0]["owner"] = "shop"
    table["format_version"] = "1.7"
    assert from_json(table) == (ROW,)
    with pytest.raises(ValueError, match=r"format 2\.0"):
        from_json(table | {"format_version": "2.0"})

"""`lake`: rows in, rows out, and what it says when it cannot."""

import json

import pytest
from cli.doubles import FILE, Prompt
from operations.lake.s3 import enter, keys, moto

from groundplan.ports.folder import LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import EvidenceKind

LAKE = """\
data_lake:
  buckets: { raw_data: shop-raw }
  lifecycle_policies:
    - { transition_to_ia: 30, expiration: 2557 }
  partitioning: { structure: year/month/day, format: parquet, compression: snappy }
"""
ROWS = '{"ts":"2026-11-25T09:00:00Z","n":1}\n{"ts":"2026-11-25T09:00:00Z","n":2}\nbad\n'


@pytest.fixture
def filled(prompt: Prompt) -> Prompt:
    prompt.write(FILE + LAKE)
    (prompt.folder / "rows.ndjson").write_text(ROWS)
    told = prompt("lake", "ingest", "events", "rows.ndjson")
    assert (told.code, told.out) == (0, "events: 2 rows of 76 B, 1 bad row in quarantine\n")
    return prompt


def test_the_same_file_again_is_nothing_new(filled: Prompt) -> None:
    told = filled("lake", "ingest", "events", "rows.ndjson")
    assert told.out == "events: 0 rows of 76 B, the rest was in already\n"


def test_other_forms_and_named_batches(filled: Prompt) -> None:
    (filled.folder / "rows.csv").write_text("ts,n\n2026-11-25T09:00:00Z,3\n")
    assert filled("lake", "ingest", "events", "rows.csv").out == "events: 1 row of 23 B\n"
    (filled.folder / "rows").write_text("ts,n\n2026-11-25T09:00:00Z,4\n")
    words = ("lake", "ingest", "events", "rows", "--form", "csv", "--batch", "day-1")
    assert filled(*words).out == "events: 1 row of 23 B\n"
    (filled.folder / "rows").write_text("ts,n\n2026-11-25T09:00:00Z,5\n")
    assert filled(*words).out == "events: 0 rows of 23 B, the rest was in already\n"
    assert filled("lake", "query", "SELECT sum(n) AS n FROM events").out.split() == ["n", "10"]


def test_a_big_input_is_evidence_of_the_throughput(prompt: Prompt) -> None:
    kpis = 'kpis: { scalability: { data_throughput: "1GB/hour" } }\n'
    prompt.write(FILE + LAKE + kpis)
    ledger = prompt.target.folder / LEDGER
    row = '{"ts":"2026-11-25T09:00:00Z","text":"%s"}\n' % ("x" * 900)
    (prompt.folder / "rows.ndjson").write_text(row * 5000)
    assert prompt("lake", "ingest", "other", "rows.ndjson").code == 0
    assert not ledger.exists(), "nothing was built here"
    Ledger(ledger).close()
    assert prompt("lake", "ingest", "events", "rows.ndjson").code == 0
    with Ledger(ledger, read_only=True) as found:
        seen = found.latest("kpis.scalability.data_throughput", EvidenceKind.MEASURED)
    assert seen is not None
    assert seen.because.startswith("5,000 rows of 5 MB came in within ")


def test_questions_in_sql(filled: Prompt) -> None:
    told = filled("lake", "query", "SELECT n, n * 2 AS twice FROM events ORDER BY n")
    assert told.out.splitlines() == ["n  twice", "1  2", "2  4"]
    told = filled("lake", "query", "SELECT n FROM events WHERE n > 1", "-o", "json")
    assert [json.loads(line) for line in told.out.splitlines()] == [{"n": 2}]


def test_an_answer_is_kept(filled: Prompt) -> None:
    assert (
        filled("lake", "query", "SELECT 1 AS x", "--into", "ones").out == "analytics.ones: 1 row\n"
    )
    status = filled("lake", "status", "-o", "json")
    found = {each["zone"]: each["rows"] for each in json.loads(status.out)["tables"]}
    assert found == {"analytics": 1, "processed": 2, "quarantine": 1, "raw": 2}


def test_it_ages(filled: Prompt) -> None:
    assert filled("lake", "compact").code == 0
    assert filled("lake", "expire").code == 0
    assert "standard" in filled("lake", "status").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ingest", "events", "nowhere.ndjson"), 4),
        (("ingest", "bad-name", "rows.ndjson"), 1),
        (("ingest", "events", "rows.ndjson", "rows.ndjson", "--batch", "a"), 1),
        (("ingest", "events"), 1),
        (("query",), 1),
        (("query", "SELECT nope FROM events"), 4),
        (("burn",), 1),
    ],
)
def test_what_cannot_be_done_is_said(filled: Prompt, words: tuple[str, ...], code: int) -> None:
    told = filled("lake", *words)
    assert told.code == code
    assert "Traceback" not in told.err


def test_an_empty_lake_and_none_at_all(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("lake", "status")
    assert (told.code, told.out) == (0, "")
    (prompt.folder / "rows.ndjson").write_text(ROWS)
    told = prompt("lake", "ingest", "events", "rows.ndjson")
    assert told.code == 1
    assert "has no data_lake" in told.err


def test_a_lake_in_s3_is_asked_as_any(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = LAKE.replace("{ raw_data: shop-raw }", "{ raw_data: shop-raw, analytics: shop-more }")
    prompt.write(FILE + buckets + "local: { lake: s3 }\n")
    (prompt.folder / "rows.ndjson").write_text(ROWS)
    with moto() as url:
        client = enter(monkeypatch, url)
        away = prompt("lake", "ingest", "events", "rows.ndjson")
        assert (away.code, "there is no such bucket" in away.err) == (4, True)
        for name in ("shop-raw", "shop-more"):
            client.create_bucket(Bucket=name)
        assert prompt("lake", "ingest", "events", "rows.ndjson").code == 0
        told = prompt("lake", "query", "SELECT sum(n) AS n FROM events WHERE day = 25")
        assert told.out.split() == ["n", "3"]
        assert prompt("lake", "query", "SELECT 7 AS n", "--into", "sums").code == 0
        assert len(keys(client, "shop-more")) == 1
        assert prompt("lake", "compact").out == "0 files fewer\n"
        assert "processed" in prompt("lake", "status").out
        assert prompt("lake", "expire").code == 0

"""A derivation tells every input's origin and keeps what findings need."""

from datetime import date

from groundplan.checks.facts import Confidence, Fact
from groundplan.checks.numbers.derivation import Derivation
from groundplan.errors import Place

FACT = Fact(
    table="sla",
    key="rds multi-az",
    as_of=date(2026, 1, 2),
    source="the provider",
    confidence=Confidence.FACT,
)
TOLD = (
    Derivation()
    .written("target", "99.9%", "kpis.availability.target", Place("platform.yaml", 7, 13))
    .known("database", "99.95%", FACT)
    .assumed("bytes per log line", 500, "assumptions.bytes_per_log_line")
    .computed("product", "99.88%", "0.9995 x 0.9993")
    .concluded("99.88% is below 99.9%")
)


def test_it_prints_line_by_line() -> None:
    assert str(TOLD).splitlines() == [
        "target: 99.9%  (kpis.availability.target, platform.yaml:7:13)",
        "database: 99.95%  (sla: rds multi-az, fact as of 2026-01-02 (the provider))",
        "bytes per log line: 500  (assumed; say assumptions.bytes_per_log_line to replace it)",
        "product: 99.88%  (0.9995 x 0.9993)",
        "99.88% is below 99.9%",
    ]


def test_it_knows_what_findings_name() -> None:
    assert TOLD.assumes == ("bytes per log line: 500",)
    assert TOLD.facts == (str(FACT),)
    assert TOLD.paths == ("kpis.availability.target",)


def test_one_goes_on_where_another_ended() -> None:
    both = Derivation().assumed("guess", 1).then(TOLD)
    assert [line.label for line in both.lines][:2] == ["guess", "target"]
    assert both.result == ""
    assert str(both.lines[0]) == "guess: 1  (assumed)"

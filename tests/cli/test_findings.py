"""A finding shows where, what, why and what to try; programs get the documented shape."""

from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.cli.shown.findings import as_text
from groundplan.cli.shown.rows import as_data
from groundplan.cli.terminal.screen import Screen
from groundplan.errors import Finding, Place, Severity

PLAIN = Screen(color="never")


def finding(place: Place | None, *related: Place) -> Finding:
    return Finding(
        rule="REC001",
        message="promises 1 hour, but backups run daily",
        why="a lost region can lose up to 24 h of writes",
        try_="set frequency: hourly",
        place=place,
        related=related,
        severity=Severity.HIGH,
        path="recovery.rpo",
    )


def test_both_conflicting_lines_are_shown_with_a_caret(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("recovery:\n  rpo: 1 hour\nbackup:\n\tfrequency: daily\n")
    told = as_text([finding(Place(str(file), 2, 8), Place(str(file), 4, 2))], PLAIN)
    assert told == (
        f"{file}:2:8  recovery.rpo  promises 1 hour, but backups run daily [REC001]\n"
        "  2 |   rpo: 1 hour\n"
        "    |        ^\n"
        f"  also {file}:4:2\n"
        "  4 |  frequency: daily\n"
        "    |  ^\n"
        "  why  a lost region can lose up to 24 h of writes\n"
        "  try  set frequency: hourly"
    )


@pytest.mark.parametrize(
    ("place", "marked"),
    [
        (Place("p", 1, 4, (1, 9)), "three"),
        (Place("p", 1, 4, (2, 3)), "three four"),
        (Place("p", 1, 4, (1, 4)), "t"),
        (Place("p", 1, 4), "t"),
        (Place("p", 1, 14, (1, 14)), ""),
    ],
)
def test_carets_are_below_what_stands_there(tmp_path: Path, place: Place, marked: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("a: three four\nbc\n")
    _, line, carets, *_ = as_text([finding(replace(place, file=str(file)))], PLAIN).splitlines()
    first = carets.index("^")
    assert line[first : carets.rindex("^") + 1] == marked


def test_carets_of_a_long_value_end_with_what_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(f"a: {'x' * 5000}\n")
    told = as_text([finding(Place(str(file), 1, 4, (1, 5004)))], PLAIN).splitlines()
    assert len(told[2]) == len(told[1])


def test_a_file_that_cannot_be_shown_is_left_out(tmp_path: Path) -> None:
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\x00\x1b[2J\xff\n")
    for place in (
        Place(str(binary), 1, 1),
        Place(str(binary), 99, 1),
        Place(str(tmp_path), 1, 1),
        Place("no such file", 1, 1),
        Place("zero\0byte", 1, 1),
        None,
    ):
        assert " | " not in as_text([finding(place)], PLAIN)


def test_nothing_in_a_file_steers_the_terminal() -> None:
    evil = replace(finding(Place("a\x1b[2J.yaml", 1, 1)), message="key \x1b]0;x\x07\nis bad")
    told = as_text([evil], PLAIN)
    assert "\x1b" not in told
    assert r"a\x1b[2J.yaml:1:1  recovery.rpo  key \x1b]0;x\x07\nis bad" in told


def test_a_long_line_is_cut_around_the_column(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text("x" * 5000 + "HERE" + "y" * 5000)
    told = as_text([finding(Place(str(file), 1, 5001))], PLAIN).splitlines()
    assert len(told[1]) < 120
    assert told[1][told[2].index("^")] == "H"


def test_programs_get_the_documented_shape() -> None:
    data = as_data(True, [finding(Place("p.yaml", 2, 8, (2, 14)), Place("p.yaml", 4, 2))])
    assert data["valid"] is True
    assert data["format_version"] == "1.0"
    assert data["summary"] == {"findings": 1, "critical": 0, "high": 1, "medium": 0, "low": 0}
    (row,) = data["findings"]
    assert set(row) >= {"rule", "severity", "verdict", "message", "why", "try", "source"}
    assert row["range"] == {
        "file": "p.yaml",
        "start": {"line": 2, "column": 8},
        "end": {"line": 2, "column": 14},
    }
    assert row["related"][0]["start"] == {"line": 4, "column": 2}
    assert row["related"][0]["end"] == {"line": 4, "column": 2}

"""The user's own tables win, and their mistakes are told with file and line."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.checks import facts
from groundplan.checks.facts.reading import Lines, rows_of
from groundplan.checks.facts.tables import ALL_TABLES, INSTANCES, PRICES, Table
from groundplan.errors import Finding, SpecError

HEADER = "sku,region,unit,usd,as_of,source,confidence,note"
OURS = "ec2:c5.large:linux:ondemand,us-east-1,hour,0.05,2026-11-01,our contract,fact,"


def folder(tmp_path: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def refused(tmp_path: Path, **tables: str) -> tuple[Finding, ...]:
    with pytest.raises(SpecError) as caught:
        facts.load(folder(tmp_path, **tables))
    return caught.value.findings


def test_own_row_wins_and_says_where_it_stands(tmp_path: Path) -> None:
    known = facts.load(folder(tmp_path, prices=f"{HEADER}\n{OURS}\n"))
    price = known.price("ec2:c5.large:linux:ondemand", "us-east-1")
    assert price is not None
    assert price.usd == Decimal("0.05")
    assert str(price.fact.place) == f"{tmp_path / 'prices.csv'}:2:1"
    assert str(price.fact).startswith(f"your {tmp_path / 'prices.csv'}:2:1: ec2:c5.large")


def test_rows_that_are_not_replaced_stay(tmp_path: Path) -> None:
    known = facts.load(folder(tmp_path, prices=f"{HEADER}\n{OURS}\n"))
    package = facts.load()
    assert known.price("eks:control-plane", "eu-west-1") == package.price(
        "eks:control-plane", "eu-west-1"
    )
    assert len(list(known.rows(PRICES))) == len(list(package.rows(PRICES)))


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert facts.load(tmp_path / "facts") is facts.load()
    assert facts.load(tmp_path) is facts.load()


def test_columns_may_stand_in_any_order_and_the_note_may_be_left_out(tmp_path: Path) -> None:
    text = "usd,unit,region,sku,confidence,source,as_of\n1,hour,us-east-1,mine,fact,us,2026-01-01\n"
    price = facts.load(folder(tmp_path, prices=text)).price("mine", "us-east-1")
    assert price is not None
    assert price.usd == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,b,hour,cheap,2026-11-01,us,fact,", 'usd: "cheap" is not a number'),
        ("a,b,hour,-1,2026-11-01,us,fact,", 'usd: "-1" is not a number'),
        ("a,b,hour,1e999999999,2026-11-01,us,fact,", 'usd: "1e999999999" is not a number'),
        ("a,b,hour,NaN,2026-11-01,us,fact,", 'usd: "NaN" is not a number'),
        ("a,b,hour,,2026-11-01,us,fact,", "usd: the cell is empty"),
        ("a,b,hour,1,yesterday,us,fact,", 'as_of: "yesterday" is not a day'),
        ("a,b,hour,1,2026-11-01,,fact,", "source: the cell is empty"),
        ("a,b,hour,1,2026-11-01,us,sure,", 'confidence: "sure" is no confidence'),
        ("a,b,hour,1", "the line has 4 cells under 8 columns"),
    ],
)
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    (finding,) = refused(tmp_path, prices=f"{HEADER}\n{OURS}\n{line}\n")
    assert finding.message == message
    assert str(finding.place) == f"{tmp_path / 'prices.csv'}:3:1"
    assert finding.try_


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("x,2.5,4,0,no,arm64,,,", 'vcpu: "2.5" is not a whole number'),
        ("x,2,4,0,maybe,arm64,,,", 'burstable: "maybe" is neither yes nor no'),
        ("x,2,4,0,no,,,,", "arch: the cell is empty"),
    ],
)
def test_cells_of_other_kinds_are_told_too(tmp_path: Path, cells: str, message: str) -> None:
    header = ",".join(INSTANCES.header)
    (finding,) = refused(tmp_path, instances=f"{header}\n{cells},2026-11-01,us,fact,\n")
    assert finding.message == message


def test_all_mistakes_of_all_tables_are_told_at_once(tmp_path: Path) -> None:
    bad = f"{HEADER}\n{OURS}\n{OURS}\nx\n"
    found = refused(tmp_path, prices=bad, prizes="", limits="key,valu,unit\n")
    assert [finding.message for finding in found] == [
        'there is no column "valu"',
        "the columns value, adjustable, as_of, source, confidence are missing",
        "ec2:c5.large:linux:ondemand us-east-1 is already in line 2",
        "the line has 1 cells under 8 columns",
        'there is no table "prizes"',
    ]
    assert found[0].try_ == "did you mean value?"
    assert found[-1].try_ == "did you mean prices.csv?"


def test_a_table_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "sla.csv").mkdir()
    with pytest.raises(SpecError) as caught:
        facts.load(tmp_path)
    assert [finding.why for finding in caught.value.findings] == [
        "it is not text in UTF-8",
        "is a directory",
    ]


@pytest.mark.parametrize("table", ALL_TABLES, ids=[table.name for table in ALL_TABLES])
@given(lines=st.lists(st.text(max_size=60), max_size=6), with_header=st.booleans())
@settings(max_examples=60)
def test_any_text_gives_rows_or_findings(
    table: Table[object], lines: list[str], with_header: bool
) -> None:
    header = [",".join(table.header)] if with_header else []
    rows, problems = rows_of(table, Lines(file="own.csv", text="\n".join([*header, *lines])))
    assert all(problem.place is not None for problem in problems)
    assert len(rows) <= len(lines) + sum(line.count("\r") for line in lines)


@given(cells=st.lists(st.text(max_size=12), min_size=8, max_size=8))
def test_any_cells_give_a_row_or_a_finding(cells: list[str]) -> None:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    rows, problems = rows_of(PRICES, Lines(file="own.csv", text=f"{HEADER}\n{quoted}\n"))
    assert len(rows) + len(problems) == 1 or not any(cells)

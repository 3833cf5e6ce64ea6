"""From the text of a table to its rows, with a Finding for each line that is not one."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from groundplan.checks.facts.cells import CellError, Cells
from groundplan.checks.facts.tables import PROVENANCE, Key, Row, Table
from groundplan.checks.kinds import Kind
from groundplan.errors import Finding, Place

WHY = "a rule would rest on a figure that nobody wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of one CSV file with their numbers. `file` is None for a table of the package."""

    file: str | None
    text: str

    def place(self, line: int) -> Place | None:
        """Where a line begins."""
        return Place(self.file, line, 1) if self.file else None


def rows_of(table: Table[Row], lines: Lines) -> tuple[Mapping[Key, Row], tuple[Finding, ...]]:
    """The rows of a table by key, and what is wrong with the lines that are none."""
    reader = csv.reader(io.StringIO(lines.text, newline=""), strict=True)
    rows: dict[Key, Row] = {}
    seen: dict[Key, int] = {}
    problems: list[Finding] = []
    header: tuple[str, ...] = ()
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            problems.append(_finding(lines, reader.line_num, f"the line is not CSV: {error}"))
            break
        if values is None:
            break
        if not header:
            header = tuple(value.strip() for value in values)
            problems += _header_problems(table, header, lines)
            if problems:
                break
        elif any(values):
            line = reader.line_num
            problems += _keep(table, _Line(lines, line, header, values), rows, seen)
    return rows, tuple(problems)


@dataclass(frozen=True, slots=True)
class _Line:
    lines: Lines
    number: int
    header: tuple[str, ...]
    values: list[str]


def _keep(
    table: Table[Row], line: _Line, rows: dict[Key, Row], seen: dict[Key, int]
) -> list[Finding]:
    if len(line.values) != len(line.header):
        counts = f"{len(line.values)} cells under {len(line.header)} columns"
        try_ = "write one cell for each column; put quotes around text with commas"
        return [_finding(line.lines, line.number, f"the line has {counts}", try_)]
    values = dict(zip(line.header, line.values, strict=True))
    key = tuple(values[column].strip() for column in table.columns[: table.key_size])
    if key in seen:
        message = f"{' '.join(key)} is already in line {seen[key]}"
        return [_finding(line.lines, line.number, message, "keep one of the two lines")]
    cells = Cells(table=table.name, values=values, place=line.lines.place(line.number))
    try:
        rows[key] = table.read(cells)
    except CellError as bad:
        return [_finding(line.lines, line.number, str(bad), bad.try_)]
    seen[key] = line.number
    return []


def _header_problems(table: Table[Row], header: tuple[str, ...], lines: Lines) -> list[Finding]:
    known = table.header
    problems = []
    for name in header:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            try_ = f"did you mean {close[0]}?" if close else f"the columns are {','.join(known)}"
            problems.append(_finding(lines, 1, f'there is no column "{name}"', try_))
    missing = [name for name in known if name not in header and name != PROVENANCE[-1]]
    if missing:
        message = f"the columns {', '.join(missing)} are missing"
        problems.append(_finding(lines, 1, message, f"begin the file with {','.join(known)}"))
    if len(set(header)) != len(header):
        problems.append(_finding(lines, 1, "a column is named twice", "name each column once"))
    return problems


def _finding(lines: Lines, line: int, message: str, try_: str = "mend the line") -> Finding:
    return Finding(
        rule=Kind.WRONG_TABLE, message=message, why=WHY, try_=try_, place=lines.place(max(line, 1))
    )

"""The user's own tables: a folder of CSV files whose rows win over the package's."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from groundplan.checks.facts.reading import Lines, rows_of
from groundplan.checks.facts.tables import ALL_TABLES, Key
from groundplan.checks.kinds import Kind
from groundplan.errors import Finding, Place, SpecError

BYTES_MAX = 4_000_000  # the package's own tables have under 200,000


def read_overlay(folder: Path) -> Mapping[str, Mapping[Key, Any]]:
    """The rows of every table in the folder, by table name. SpecError holds all mistakes."""
    tables = {table.name: table for table in ALL_TABLES}
    own: dict[str, Mapping[Key, Any]] = {}
    problems: list[Finding] = []
    for path in sorted(folder.glob("*.csv")):
        table = tables.get(path.stem)
        if table is None:
            problems.append(_no_such_table(path, tuple(tables)))
            continue
        try:
            own[table.name], found = rows_of(table, Lines(file=str(path), text=_text(path)))
            problems += found
        except SpecError as error:
            problems += error.findings
    if problems:
        raise SpecError(problems)
    return own


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise SpecError([_unreadable(path, f"it has more than {BYTES_MAX:,} bytes")])
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError([_unreadable(path, "it is not text in UTF-8")]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError([_unreadable(path, reason)]) from error


def _no_such_table(path: Path, names: tuple[str, ...]) -> Finding:
    close = get_close_matches(path.stem, names, n=1)
    return Finding(
        rule=Kind.WRONG_TABLE,
        message=f'there is no table "{path.stem}"',
        why="its rows would change nothing, and nobody would see why",
        try_=f"did you mean {close[0]}.csv?" if close else f"the tables are {', '.join(names)}",
        place=Place(str(path), 1, 1),
    )


def _unreadable(path: Path, why: str) -> Finding:
    return Finding(
        rule=Kind.WRONG_TABLE,
        message="the table cannot be read",
        why=why,
        try_="save it as CSV text, or take it out of the folder",
        place=Place(str(path), 1, 1),
    )

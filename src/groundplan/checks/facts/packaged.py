"""The package's own tables: their lines are split once, and each becomes a row when asked for.

A file asks for a few dozen of the nine hundred rows. That each line is readable is for the tests
to say; a user's own tables are read whole, line by line, in overlay.py.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Generic

from groundplan.checks.facts.cells import Cells
from groundplan.checks.facts.tables import Key, Row, Table


class Packaged(Mapping[Key, Row], Generic[Row]):
    """The rows of a table by key."""

    def __init__(self, table: Table[Row], text: str) -> None:
        header, *lines = csv.reader(text.splitlines(), strict=True)
        self._table = table
        self._lines = {
            tuple(cells[: table.key_size]): dict(zip(header, cells, strict=True)) for cells in lines
        }
        self._rows: dict[Key, Row] = {}

    def __getitem__(self, key: Key) -> Row:
        if key not in self._rows:
            cells = Cells(table=self._table.name, values=self._lines[key], place=None)
            self._rows[key] = self._table.read(cells)
        return self._rows[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def as_of(self, key: Key) -> date:
        """The day on which a row's source was read."""
        return date.fromisoformat(self._lines[key]["as_of"])


@cache
def packaged(table: Table[Row]) -> Packaged[Row]:
    """A table of the package."""
    return Packaged(table, text_of(table))


def text_of(table: Table[Row]) -> str:
    """Its file."""
    resource = files("groundplan.checks.facts") / "tables" / f"{table.name}.csv"
    return resource.read_text("utf-8")

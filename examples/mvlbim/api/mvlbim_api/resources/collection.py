"""What the kinds of things have alike: a table, a path, a JSON shape, and the SQL that follows.

SQL is made of names written in this package only; values always travel as parameters.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

import msgspec

Row = Mapping[str, Any]


def _anything_goes(_before: Row, _changes: Row) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    noun: str
    table: str
    path: str
    shape: type[msgspec.Struct]
    query: type[msgspec.Struct]
    owner: str = ""
    """The table of what each belongs to."""
    parents: tuple[str, ...] = ()
    """The columns that the path gives, outermost first."""
    key: str = "id"
    may_change: Callable[[Row, Row], None] = _anything_goes
    """Raises a ProblemError for a change that its state does not allow."""

    @property
    def columns(self) -> str:
        return ", ".join(self.shape.__struct_fields__)

    @property
    def has_revision(self) -> bool:
        return "revision" in self.shape.__struct_fields__

    def scope(self, parents: Iterable[object], key: object = "") -> str:
        """The cache's name for one of them, or without key for their pages."""
        return ":".join((self.table, *map(str, parents), str(key)))

    def shaped(self, row: Row) -> msgspec.Struct:
        values = dict(row)
        for name in _json_columns(self.shape):
            if values[name] is not None:
                values[name] = msgspec.Raw(values[name].encode())
        return self.shape(**values)

    def page_sql(self, filters: Iterable[str], *, is_first: bool) -> str:
        columns = [*self.parents, *filters]
        wheres = [f"{column} = ${number}" for number, column in enumerate(columns, 2)]
        if not is_first:
            wheres.append(f"{self.key} < ${len(columns) + 2}")
        where = f" where {' and '.join(wheres)}" if wheres else ""
        return f"select {self.columns} from {self.table}{where} order by {self.key} desc limit $1"

    def one_sql(self, *, locked: bool = False) -> str:
        wheres = [f"{column} = ${n}" for n, column in enumerate((*self.parents, self.key), 1)]
        lock = " for update" if locked else ""
        return f"select {self.columns} from {self.table} where {' and '.join(wheres)}{lock}"

    def owner_sql(self) -> str:
        """Whether what the path names exists; its innermost id is the owner's own."""
        columns = (*self.parents[:-1], "id")
        wheres = [f"{column} = ${number}" for number, column in enumerate(columns, 1)]
        return f"select 1 from {self.owner} where {' and '.join(wheres)}"

    def insert_sql(self, names: Iterable[str]) -> str:
        given = list(names)
        values = ", ".join(f"${number}" for number in range(1, len(given) + 1))
        return (
            f"insert into {self.table} ({', '.join(given)}) values ({values}) "
            f"returning {self.columns}"
        )

    def update_sql(self, names: Iterable[str]) -> str:
        sets = [f"{name} = ${number}" for number, name in enumerate(names, 2)]
        return (
            f"update {self.table} set {', '.join(sets)}, revision = revision + 1, "
            f"updated_at = now() where {self.key} = $1 returning {self.columns}"
        )


def column_values(sent: msgspec.Struct) -> dict[str, Any]:
    """What a body names, as the database takes it: structures become JSON."""
    values: dict[str, Any] = {}
    for name in sent.__struct_fields__:
        value = getattr(sent, name)
        if isinstance(value, (dict, msgspec.Struct)):
            value = msgspec.json.encode(value).decode()
        if value is not msgspec.UNSET:
            values[name] = value
    return values


def new_id() -> UUID:
    """UUID version 7: ids sort by the time they were made, so pages need no other order.

    Within its millisecond an id is placed by the 12 bits after the version (RFC 9562, method 3).
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail)


def _json_columns(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    if shape not in _JSON_COLUMNS:
        _JSON_COLUMNS[shape] = tuple(
            field.name
            for field in msgspec.structs.fields(shape)
            if msgspec.Raw in (field.type, *get_args(field.type))
        )
    return _JSON_COLUMNS[shape]


_JSON_COLUMNS: dict[type[msgspec.Struct], tuple[str, ...]] = {}

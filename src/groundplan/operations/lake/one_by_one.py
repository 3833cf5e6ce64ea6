"""Rows read one by one, as is done with the few that do not fit: slow, and with a reason for each
that is put aside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from groundplan.operations.lake.kinds import (
    AT,
    TIME,
    TYPES,
    Columns,
    as_json,
    fits,
    kind_of,
    moment_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A line that was put aside, and why."""

    line: str
    why: str


def told_apart(lines: Sequence[bytes], columns: Columns) -> tuple[list[int], list[Bad]]:
    """Which lines fit together, and the others with the reason."""
    good: list[int] = []
    bad: list[Bad] = []
    kinds = dict(columns)
    for number, line in enumerate(lines):
        try:
            row = orjson.loads(line)
            if not isinstance(row, dict):
                raise ValueError("it is no JSON object")
            kinds |= _fitting(_flat(row), kinds)
            good.append(number)
        except ValueError as error:  # orjson's error is one
            bad.append(Bad(line=line.decode("utf-8", errors="replace"), why=str(error)))
    return good, bad


def table_of(lines: Sequence[bytes], columns: Columns) -> pa.Table:
    """The rows of lines that fit."""
    rows = [_flat(orjson.loads(line)) for line in lines]
    names = dict.fromkeys(name for row in rows for name in row)
    kinds = dict(columns)
    for row in rows:
        kinds |= _fitting(row, kinds)
    arrays = {AT: pa.array([moment_of(row) for row in rows], TIME)}
    for name in names:
        if name in kinds and name != AT:
            values = [_value(row.get(name), kinds[name]) for row in rows]
            arrays[name] = pa.array(values, TYPES[kinds[name]])
    return pa.table(arrays)


def _fitting(row: Mapping[str, Any], kinds: Columns) -> dict[str, str]:
    """The kinds of the row's columns; ValueError for a value that contradicts its column."""
    return dict(_learned(row, kinds))


def _learned(row: Mapping[str, Any], kinds: Columns) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        kind, before = kind_of(value), kinds.get(name)
        if kind is None or kind == before:
            continue
        if not fits(kind, before):
            raise ValueError(f"{name} holds {before}, and this is {kind}")
        if before != "double":
            yield name, kind


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "string":
        return value if isinstance(value, str) else as_json(value)
    return float(value) if kind == "double" else value

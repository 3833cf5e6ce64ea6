"""Columns as lines of JSON. DuckDB writes them: a row costs it 0.1 µs where Python takes 2."""

from collections.abc import Mapping
from functools import cache

import duckdb
import pyarrow as pa

_ROWS = "given rows"  # no column has this name


def json_texts(
    arrays: Mapping[str, pa.Array], mixed: Mapping[str, pa.StringArray], count: int
) -> tuple[pa.StringArray, dict[str, pa.StringArray]] | None:
    """Each row as an object, and columns of lists as texts; None for names that differ in nothing
    but capitals, which DuckDB takes for one. `mixed`: columns of which the values are JSON."""
    if not count or not _are_apart(arrays):
        return None
    table = pa.table({**arrays, **mixed})
    lists = [name for name in table.column_names if pa.types.is_list(table[name].type)]
    given = ", ".join(_member(name, is_json=name in mixed) for name in table.column_names)
    whole = f'SELECT {given} FROM "{_ROWS}"'
    more = "".join(f", to_json(r.{_quoted(name)})::VARCHAR" for name in lists)
    with _database().cursor() as database:
        try:
            database.register(_ROWS, table)
            found = database.sql(f"SELECT to_json(r)::VARCHAR{more} FROM ({whole}) r")
            columns = [column.combine_chunks() for column in found.to_arrow_table().columns]
        except duckdb.Error:
            return None
    texts, *others = (column.cast(pa.string()) for column in columns)
    return texts, dict(zip(lists, others, strict=True))


def json_of(values: pa.StringArray) -> pa.StringArray:
    """Texts as JSON has them."""
    with _database().cursor() as database:
        database.register(_ROWS, pa.table({"v": values}))
        found = database.sql(f'SELECT to_json(v)::VARCHAR FROM "{_ROWS}"').to_arrow_table()
    return found.column(0).combine_chunks().cast(pa.string())


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})


def _are_apart(arrays: Mapping[str, pa.Array]) -> bool:
    return len({name.casefold() for name in arrays}) == len(arrays)


def _member(name: str, *, is_json: bool) -> str:
    return f"{_quoted(name)}::JSON AS {_quoted(name)}" if is_json else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

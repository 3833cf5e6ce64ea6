"""Takes many JSON lines apart: the fields that have columns of their own, and the rest as JSON.

Two ways, for lines of one shape and for others; what comes out means the same.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa

from groundplan.operations.observe.logs.redact import HINT
from groundplan.parquet.alike import Alike, alike
from groundplan.parquet.cut import Cut, Numbers, Truths

AT, LEVEL, MESSAGE, DATASET = "@timestamp", "log.level", "message", "event.dataset"
SERVICE, REGION, TRACE = "service.name", "cloud.region", "trace.id"
STATUS, TAGS = "http.response.status_code", "tags"
TAKEN = (AT, LEVEL, MESSAGE, DATASET, SERVICE, REGION, TRACE, STATUS, TAGS)
# Names that mean one of ours, or of which more has to be known.
_UNUSUAL_NAMES = ("event.category", "timestamp", "time", "ts", "level", "msg", "trace_id")
# What the rest may hold besides: objects, numbers that are none, a letter that text cannot hold.
_UNUSUAL = (
    r":\{|(?i::-?(?:nan|inf))|[:,\[]-?[0-9.]*[0-9.][eE]\+?\d{3}|\\u0000"
    rf"|\"(?:{'|'.join(_UNUSUAL_NAMES)})\":"
).replace("event.category", r"event\.category")
_HINT = re.compile(HINT.encode())
_PATHS = ", ".join(f"'$.\"{name}\"'" for name in TAKEN)
_REST = "{" + ", ".join(f'"{name}": null' for name in TAKEN) + "}"
_COLUMNS = ", ".join(f'v[{number + 1}] AS "{name}"' for number, name in enumerate(TAKEN))
_SQL = f"""
SELECT {_COLUMNS}, rest FROM (SELECT json_extract_string(line, [{_PATHS}]) AS v,
json_merge_patch(line, '{_REST}')::VARCHAR AS rest FROM lines)"""
_VALID = "SELECT coalesce(json_valid(line), false) AS is_valid FROM lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Lines in columns of text. `odd`: a pattern of what makes one of `rest` unusual.

    `said`: the texts of the message and of `rest` alone; none when names are unusual.
    """

    lines: Numbers
    columns: Mapping[str, pa.StringArray]
    rest: pa.StringArray
    odd: str
    said: pa.StringArray | None = None


class Reader:
    """The database that takes lines apart, once it is needed; one does for all parts."""

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        """It is opened when it is first asked for."""
        database = duckdb.connect(":memory:")
        database.execute("SET threads=1")
        database.execute("SET enable_progress_bar=false")
        database.execute("SET memory_limit='200MB'")
        database.execute("SET temp_directory=''")
        return database


def by_shape(cut: Cut, wanted: Truths) -> Iterator[Apart]:
    """Lines of the shapes that most have, if their names are usual."""
    for same in alike(cut, wanted):
        columns = _columns(same)
        if columns is not None:
            rest = same.without(TAKEN)
            yield Apart(lines=same.lines, columns=columns, rest=rest, odd=HINT, said=_said(same))


def by_database(reader: Reader, cut: Cut, wanted: Truths) -> Apart:
    """Lines of any shape; those that are no JSON are not among them."""
    database = reader.database
    numbers = np.flatnonzero(wanted)
    lines = cut.strings(numbers)
    try:
        found = _asked(database, _SQL, lines)
    except duckdb.Error:  # one of them is no JSON
        is_valid = _asked(database, _VALID, lines)["is_valid"].combine_chunks()
        lines, numbers = lines.filter(is_valid), numbers[is_valid.to_numpy(zero_copy_only=False)]
        found = _asked(database, _SQL, lines)
    columns = {name: found[name].combine_chunks() for name in TAKEN}
    rest = found["rest"].combine_chunks()
    return Apart(lines=numbers, columns=columns, rest=rest, odd=f"(?:{_UNUSUAL}|{HINT})")


def _columns(same: Alike) -> Mapping[str, pa.StringArray] | None:
    """None when more would have to be known: a message that is a number, say."""
    if not same.shape.is_flat or not len(same.lines):
        return None
    columns = dict.fromkeys(TAKEN, pa.nulls(len(same.lines), pa.string()))
    for number, field in enumerate(same.shape.fields):
        if field.name in _UNUSUAL_NAMES:
            return None
        if field.name in columns:
            if not field.is_text and field.name != STATUS:
                return None
            columns[field.name] = same.values(number)
    return columns


def _said(same: Alike) -> pa.StringArray | None:
    """No hint of a secret reaches over a quote, but those that are names: they are the shape's."""
    if _HINT.search(same.shape.bare):
        return None
    texts = [
        number
        for number, field in enumerate(same.shape.fields)
        if field.is_text and (field.name == MESSAGE or field.name not in TAKEN)
    ]
    return same.texts(texts) if texts else pa.repeat(pa.scalar(""), len(same.lines))


def _asked(database: duckdb.DuckDBPyConnection, sql: str, lines: pa.StringArray) -> pa.Table:
    with database.cursor() as cursor:
        cursor.register("lines", pa.table({"line": lines}))
        return cursor.sql(sql).to_arrow_table()

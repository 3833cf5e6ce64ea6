"""Many JSON lines at once, as columns: what most programs write, without an object for each line.

DuckDB takes the lines apart. Whatever is unusual about a line (an object in it, a secret, a clock
that is off, somebody who was refused) is left to `record.py`, which knows every case; so both mean
the same, and only the usual ones are fast.
"""

import re
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.columns import ROWS
from groundplan.operations.observe.logs.formats import NAMES, json_ecs
from groundplan.operations.observe.logs.record import (
    DEBUG,
    FUTURE_SECONDS,
    PAST_SECONDS,
    LogSource,
    level_of,
)
from groundplan.operations.observe.logs.redact import HINT
from groundplan.operations.observe.logs.security import ENRICHMENT, HINTS, REFUSED

_TAKEN = (
    *("@timestamp", "log.level", "message", "event.dataset", "service.name", "cloud.region"),
    *("trace.id", "http.response.status_code", "tags"),
)
_AT, _LEVEL, _MESSAGE, _DATASET, _SERVICE, _REGION, _TRACE, _STATUS, _TAGS = (
    f"c{number}" for number in range(len(_TAKEN))
)
_PATHS = ", ".join(f"'$.\"{name}\"'" for name in _TAKEN)
_REST = "{" + ", ".join(f'"{name}": null' for name in _TAKEN) + "}"
_COLUMNS = ", ".join(f"v[{number + 1}] AS c{number}" for number in range(len(_TAKEN)))
_SQL = f"""
SELECT {_COLUMNS}, rest FROM (SELECT json_extract_string(line, [{_PATHS}]) AS v,
json_merge_patch(line, '{_REST}')::VARCHAR AS rest FROM lines)"""
_VALID = "SELECT coalesce(json_valid(line), false) AS is_valid FROM lines"
_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$"
# What the rest may hold of which more has to be known: objects, numbers that are none, names that
# mean one of ours, a category, a letter that text cannot hold.
_UNUSUAL = (
    r":\{|(?i::-?(?:nan|inf))|[0-9.][eE]\+?\d{3}|\\u0000|\"event\.category\":"
    r"|\"(?:timestamp|time|ts|level|msg|trace_id)\":"
)
_REST_HINT = f"(?:{_UNUSUAL}|{HINT})"
_REFUSAL = "(?i)" + "|".join(map(re.escape, HINTS))
_SHORT = r"^[\w .:/@-]{0,128}$"


def reader() -> duckdb.DuckDBPyConnection:
    """The database that takes lines apart; one does for all parts."""
    database = duckdb.connect(":memory:")
    database.execute("SET threads=1")
    database.execute("SET enable_progress_bar=false")
    database.execute("SET memory_limit='200MB'")
    database.execute("SET temp_directory=''")
    return database


class JsonLines:
    """Reads the JSON lines of one part."""

    def __init__(
        self,
        source: LogSource,
        classes: Iterable[LogClass],
        database: duckdb.DuckDBPyConnection,
    ) -> None:
        self._source = source
        self._names = frozenset(each.name for each in classes)
        self._enriched = tuple(each.name for each in classes if ENRICHMENT in each.filters)
        self._database = database

    def read(self, lines: pa.StringArray, now: float) -> tuple[pa.Table, pa.BooleanArray]:
        """The rows of the lines that are usual, and which lines these are."""
        try:
            found = self._asked(_SQL, lines)
        except duckdb.Error:  # one of them is no JSON
            is_usual = self._asked(_VALID, lines)["is_valid"].combine_chunks()
            found = self._asked(_SQL, lines.filter(is_usual))
        else:
            is_usual = pa.repeat(True, len(lines))
        try:
            table, is_good = self._rows(found, now)
        except pa.ArrowInvalid:  # a day that no month has
            return ROWS.empty_table(), pa.repeat(False, len(lines))
        if pc.all(is_good).as_py():
            return table, is_usual
        return table.filter(is_good), _narrowed(is_usual, is_good)

    def _asked(self, sql: str, lines: pa.StringArray) -> pa.Table:
        with self._database.cursor() as cursor:
            cursor.register("lines", pa.table({"line": lines}))
            return cursor.sql(sql).to_arrow_table()

    def _rows(self, found: pa.Table, now: float) -> tuple[pa.Table, pa.BooleanArray]:
        """All rows, and which of them are usual."""
        get = {name: found[name].combine_chunks() for name in found.column_names}
        is_timed = _filled(pc.match_substring_regex(get[_AT], _TIME))
        at = pc.if_else(is_timed, get[_AT], None).cast(ROWS.field("@timestamp").type)
        level = _mapped(get[_LEVEL], level_of)
        status = pc.if_else(_is_status(get[_STATUS]), get[_STATUS], None).cast(pa.int32())
        dataset = _or(get[_DATASET], NAMES[json_ecs])
        klass = self._class(level, dataset)
        rest = get["rest"]
        columns: dict[str, Any] = {
            "@timestamp": at,
            "log.level": level,
            "message": get[_MESSAGE].fill_null("") if get[_MESSAGE].null_count else get[_MESSAGE],
            "event.dataset": dataset,
            "service.name": _or(get[_SERVICE], self._source.service),
            "service.node.name": pa.repeat(pa.scalar(self._source.part), len(found)),
            "cloud.region": _or(get[_REGION], self._source.site),
            "trace.id": get[_TRACE],
            "http.response.status_code": status,
            "tags": _no_tags(len(found)),
            "fields": _unless_empty(rest),
            "class": klass,
        }
        conditions = (
            is_timed,
            _is_near(at, now),
            pc.invert(pc.match_substring_regex(rest, _REST_HINT)),
            self._is_plain(columns["message"]),
            *(_is_short(get[each]) for each in (_LEVEL, _DATASET, _SERVICE, _REGION)),
            _is_identifier(get[_TRACE]),
            pc.or_(pc.is_null(get[_STATUS]), self._is_unrefused(status)),
            pc.is_null(get[_TAGS]),
            pc.invert(pc.is_in(klass, pa.array(self._enriched, pa.string()))),
        )
        is_good = conditions[0]
        for each in conditions[1:]:
            is_good = pc.and_(is_good, each)
        return pa.table(columns, schema=ROWS), _filled(is_good)

    def _class(self, level: pa.Array, dataset: pa.Array) -> pa.Array:
        """As record.py has it, of what is usual: nobody was refused."""
        klass = pa.repeat(pa.scalar("application"), len(level))
        if "debug" in self._names:
            klass = pc.if_else(_mapped(level, lambda text: text in DEBUG), "debug", klass)
        if "audit" in self._names:
            klass = pc.if_else(_mapped(dataset, lambda text: "audit" in text), "audit", klass)
        return klass

    def _is_plain(self, message: pa.Array) -> pa.Array:
        hint = rf"(?:^\{{|{HINT}|{_REFUSAL})" if "security" in self._names else rf"(?:^\{{|{HINT})"
        return pc.invert(pc.match_substring_regex(message, hint))

    def _is_unrefused(self, status: pa.Array) -> pa.Array:
        is_known = pc.is_valid(status)
        if "security" not in self._names:
            return is_known
        return pc.and_(is_known, pc.invert(pc.is_in(status, pa.array(sorted(REFUSED), pa.int32()))))


def _mapped(column: pa.Array, function: Any) -> pa.Array:
    """A function of each value, called once for each that differs; null stays."""
    if not len(column):
        return column
    packed = column.dictionary_encode()
    values = pa.array([function(value) for value in packed.dictionary.to_pylist()])
    if not len(values):
        return pa.nulls(len(column), pa.string()) if function is level_of else _none(column)
    taken = values.take(packed.indices)
    return taken if pa.types.is_string(values.type) else pc.fill_null(taken, False)


def _none(column: pa.Array) -> pa.Array:
    return pa.repeat(False, len(column))


def _or(column: pa.Array, given: str) -> pa.Array:
    if column.null_count == len(column):
        return pa.repeat(pa.scalar(given), len(column))
    return pc.if_else(pc.equal(pc.fill_null(column, ""), ""), given, column)


def _no_tags(count: int) -> pa.Array:
    offsets = pa.py_buffer(bytes(4 * (count + 1)))  # ten times as fast as repeating a list
    return pa.ListArray.from_buffers(
        ROWS.field("tags").type, count, [None, offsets], children=[pa.array([], pa.string())]
    )


def _unless_empty(rest: pa.Array) -> pa.Array:
    is_empty = pc.equal(rest, "{}")
    return pc.if_else(is_empty, "", rest) if pc.any(is_empty).as_py() else rest


def _is_short(column: pa.Array) -> pa.Array:
    """Words of a program for one of few things: nothing that could be a secret."""
    safe = re.compile(_SHORT, re.ASCII)
    hint = re.compile(HINT)
    return _mapped(
        pc.fill_null(column, ""), lambda text: bool(safe.match(text)) and not hint.search(text)
    )


def _is_identifier(column: pa.Array) -> pa.Array:
    """A trace's id as W3C or Zipkin write it, or none."""
    is_long = pc.is_in(pc.binary_length(column), pa.array([16, 32], pa.int32()))
    return pc.or_(pc.is_null(column), _filled(pc.and_(is_long, pc.ascii_is_alnum(column))))


def _is_status(column: pa.Array) -> pa.Array:
    return _filled(pc.match_substring_regex(column, r"^\d{1,9}$"))


def _is_near(at: pa.Array, now: float) -> pa.Array:
    low = pa.scalar(round((now - PAST_SECONDS) * 1e6), pa.int64()).cast(at.type)
    high = pa.scalar(round((now + FUTURE_SECONDS) * 1e6), pa.int64()).cast(at.type)
    return _filled(pc.and_(pc.greater(at, low), pc.less(at, high)))


def _filled(column: pa.Array) -> pa.Array:
    return pc.fill_null(column, False)


def _narrowed(mask: pa.BooleanArray, inner: pa.BooleanArray) -> pa.BooleanArray:
    """The mask with those of its set places unset that `inner` says so of."""
    return pc.replace_with_mask(mask, mask, inner)

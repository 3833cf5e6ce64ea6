"""Many JSON lines at once, as columns: what most programs write, without an object for each line.

Lines of one shape are taken apart by where their quotes are, others (escapes, lists) by DuckDB.
Whatever is unusual about a line (an object in it, a secret, a clock that is off, somebody who was
refused) is left to `record.py`, which knows every case; so all mean the same.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.apart import (
    AT,
    DATASET,
    LEVEL,
    MESSAGE,
    REGION,
    SERVICE,
    STATUS,
    TAGS,
    TRACE,
    Apart,
    Reader,
    by_database,
    by_shape,
)
from groundplan.operations.observe.logs.columns import ROWS
from groundplan.operations.observe.logs.formats import NAMES, json_ecs
from groundplan.operations.observe.logs.moments import moments
from groundplan.operations.observe.logs.record import (
    DEBUG,
    FUTURE_SECONDS,
    PAST_SECONDS,
    LogSource,
    level_of,
)
from groundplan.operations.observe.logs.redact import HINT
from groundplan.operations.observe.logs.security import ENRICHMENT, HINTS, REFUSED
from groundplan.parquet.alike import ASCII, FEW
from groundplan.parquet.cut import Cut, Numbers

_REFUSAL = "(?i:" + "|".join(map(re.escape, HINTS)) + ")"
_SHORT = re.compile(r"^[\w .:/@-]{0,128}$", re.ASCII)
_SECRET = re.compile(HINT)


class JsonLines:
    """Reads the JSON lines of one part."""

    def __init__(
        self,
        source: LogSource,
        classes: Iterable[LogClass],
        reader: Reader,
    ) -> None:
        self._source = source
        self._names = frozenset(each.name for each in classes)
        self._enriched = tuple(each.name for each in classes if ENRICHMENT in each.filters)
        self._reader = reader

    def read(self, cut: Cut, now: float) -> Iterator[tuple[Numbers, pa.Table]]:
        """Which lines are usual, and their rows; each line is a record of its own."""
        left = np.ones(len(cut), np.bool_)
        for apart in by_shape(cut, left):
            left[apart.lines] = False
            yield self._usual(apart, now)
        if left.any():
            left &= ~cut.has(cut.codes >= ASCII)
        if np.count_nonzero(left) >= FEW:
            yield self._usual(by_database(self._reader, cut, left), now)

    def _usual(self, apart: Apart, now: float) -> tuple[Numbers, pa.Table]:
        try:
            table, is_usual = self._rows(apart, now)
        except pa.ArrowInvalid:  # 29 February of a year that has none
            return apart.lines[:0], ROWS.empty_table()
        if pc.all(is_usual).as_py():
            return apart.lines, table
        return apart.lines[is_usual.to_numpy(zero_copy_only=False)], table.filter(is_usual)

    def _rows(self, apart: Apart, now: float) -> tuple[pa.Table, pa.BooleanArray]:
        """All rows, and which of them are usual."""
        get, count = apart.columns, len(apart.lines)
        at = moments(get[AT])
        level = _mapped(get[LEVEL], level_of)
        status = pc.if_else(_is_status(get[STATUS]), get[STATUS], None).cast(pa.int32())
        dataset = _or(get[DATASET], NAMES[json_ecs])
        klass = self._class(level, dataset)
        columns: dict[str, Any] = {
            AT: at,
            LEVEL: level,
            MESSAGE: get[MESSAGE].fill_null("") if get[MESSAGE].null_count else get[MESSAGE],
            DATASET: dataset,
            SERVICE: _or(get[SERVICE], self._source.service),
            "service.node.name": pa.repeat(pa.scalar(self._source.part), count),
            REGION: _or(get[REGION], self._source.site),
            TRACE: get[TRACE],
            STATUS: status,
            TAGS: _no_tags(count),
            "fields": _unless_empty(apart.rest),
            "class": klass,
        }
        conditions = (
            _is_near(at, now),
            self._is_plain(columns[MESSAGE], apart),
            *(_is_short(get[each]) for each in (LEVEL, DATASET, SERVICE, REGION)),
            _is_identifier(get[TRACE]),
            pc.or_(pc.is_null(get[STATUS]), self._is_unrefused(status)),
            pc.is_null(get[TAGS]),
            pc.invert(pc.is_in(klass, pa.array(self._enriched, pa.string()))),
        )
        is_usual = conditions[0]
        for each in conditions[1:]:
            is_usual = pc.and_(is_usual, each)
        return pa.table(columns, schema=ROWS), _filled(is_usual)

    def _class(self, level: pa.Array, dataset: pa.Array) -> pa.Array:
        """As record.py has it, of what is usual: nobody was refused."""
        klass = pa.repeat(pa.scalar("application"), len(level))
        if "debug" in self._names:
            klass = pc.if_else(_mapped(level, lambda text: text in DEBUG), "debug", klass)
        if "audit" in self._names:
            klass = pc.if_else(_mapped(dataset, lambda text: "audit" in text), "audit", klass)
        return klass

    def _is_plain(self, message: pa.StringArray, apart: Apart) -> pa.Array:
        """Nothing that could be a secret or a refusal; one look at all texts tells it of most."""
        hint = f"(?:{HINT}|{_REFUSAL})" if "security" in self._names else HINT
        is_plain = pc.invert(pc.starts_with(message, "{"))
        is_doubtful = pa.repeat(True, len(message))
        if apart.said is not None:
            is_doubtful = pc.match_substring_regex(apart.said, hint)
        if not pc.any(is_doubtful).as_py():
            return is_plain
        is_odd = pc.or_(
            pc.match_substring_regex(apart.rest.filter(is_doubtful), apart.odd),
            pc.match_substring_regex(message.filter(is_doubtful), hint),
        )
        return pc.and_(
            is_plain, pc.replace_with_mask(pc.invert(is_doubtful), is_doubtful, pc.invert(is_odd))
        )

    def _is_unrefused(self, status: pa.Array) -> pa.Array:
        is_known = pc.is_valid(status)
        if "security" not in self._names:
            return is_known
        return pc.and_(is_known, pc.invert(pc.is_in(status, pa.array(sorted(REFUSED), pa.int32()))))


def _mapped(column: pa.Array, function: Any) -> pa.Array:
    """A function of each value, called once for each that differs; null stays."""
    if column.null_count == len(column):
        return column if function is level_of else pa.repeat(False, len(column))
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
    values = pc.unique(column).to_pylist()
    is_safe = {each: each is None or _is_safe(each) for each in values}
    if all(is_safe.values()):
        return pa.repeat(True, len(column))
    return _mapped(column.fill_null(""), lambda text: is_safe.get(text, True))


@lru_cache(maxsize=8192)  # programs repeat themselves
def _is_safe(text: str) -> bool:
    return _SHORT.match(text) is not None and _SECRET.search(text) is None


def _is_identifier(column: pa.Array) -> pa.Array:
    """A trace's id as W3C or Zipkin write it, or none."""
    is_long = pc.is_in(pc.binary_length(column), pa.array([16, 32], pa.int32()))
    is_plain = pc.and_(pc.utf8_is_alnum(column), pc.string_is_ascii(column))  # sooner than both
    return pc.or_(pc.is_null(column), _filled(pc.and_(is_long, is_plain)))


def _is_status(column: pa.Array) -> pa.Array:
    is_short = pc.less(pc.binary_length(column), 10)
    return _filled(pc.and_(pc.ascii_is_decimal(column), is_short))


def _is_near(at: pa.Array, now: float) -> pa.Array:
    low = pa.scalar(round((now - PAST_SECONDS) * 1e6), pa.int64()).cast(at.type)
    high = pa.scalar(round((now + FUTURE_SECONDS) * 1e6), pa.int64()).cast(at.type)
    return _filled(pc.and_(pc.greater(at, low), pc.less(at, high)))


def _filled(column: pa.Array) -> pa.Array:
    return pc.fill_null(column, False)

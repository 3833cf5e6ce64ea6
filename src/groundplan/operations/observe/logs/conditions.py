"""A question as SQL: for the Parquet files in DuckDB's words, for the fast index in SQLite's. Pure.

Both mean the same; where one knows less, the fast index gets a function of ours (`fold`, `number`).
"""

import math
from dataclasses import dataclass, field

from groundplan.operations.observe.logs.question import COLUMNS, Question, Term

_BEFORE, _BETWEEN, _AFTER = r"(^|[^\pL\pN])", r"[^\pL\pN]+", r"($|[^\pL\pN])"
_HOT_COLUMNS = {
    "service.node.name": "part",
    "log.level": "level",
    "trace.id": "trace",
    "class": "class",
}
_OPS = frozenset({">", ">=", "<", "<="})


@dataclass(slots=True)
class Condition:
    """A WHERE and its values."""

    pieces: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, piece: str, *values: object) -> None:
        """One more that has to hold."""
        self.pieces.append(piece)
        self.values.extend(values)

    @property
    def where(self) -> str:
        """All of them."""
        return " AND ".join(self.pieces) or "true"


def for_files(question: Question) -> Condition:
    """The condition on the columns of the Parquet files."""
    found = Condition()
    found.add('"@timestamp" >= to_timestamp(?)', question.since)
    if math.isfinite(question.until):
        found.add('"@timestamp" < to_timestamp(?)', question.until)
    for term in question.terms:
        piece, values = _in_files(term)
        found.add(f"NOT coalesce({piece}, false)" if term.is_not else piece, *values)
    return found


def for_index(question: Question, edge: float) -> tuple[str, Condition]:
    """The words as an FTS5 query, and the condition on the fast index's rows.

    `edge` is the moment from which the index has everything.
    """
    found = Condition()
    found.add("at >= ?", max(question.since, edge))
    if math.isfinite(question.until):
        found.add("at < ?", question.until)
    if question.klass:
        found.add("class = ?", question.klass)
    words: list[str] = []
    for term in question.terms:
        if not _is_of_words(term):
            piece, values = _field(term, _hot_column(term.name), "fold", "number")
            found.add(f"NOT coalesce({piece}, false)" if term.is_not else piece, *values)
        elif term.is_not:
            found.add("id NOT IN (SELECT rowid FROM {words} WHERE {words} MATCH ?)", _match(term))
        else:
            words.append(_match(term))
    return " AND ".join(words), found


def _is_of_words(term: Term) -> bool:
    return term.name in ("", "message")


def _match(term: Term) -> str:
    scope = "message : " if term.name else ""
    return f'{scope}"{" ".join(term.words)}"{"*" if term.is_prefix else ""}'


def _in_files(term: Term) -> tuple[str, list[object]]:
    if not _is_of_words(term):
        return _field(term, _column(term.name), "lower", "number_of")
    columns = ("message",) if term.name else ("message", "fields")
    after = "" if term.is_prefix else _AFTER
    regex = f"{_BEFORE}{_BETWEEN.join(term.words)}{after}"
    pieces: list[str] = []
    values: list[object] = []
    for column in columns:
        # A plain search for one word spares most rows the regular expression.
        pieces.append(f"(contains(lower({column}), ?) AND regexp_matches({column}, ?, 'i'))")
        values += [max(term.words, key=len), regex]
    return f"({' OR '.join(pieces)})", values


def _field(term: Term, column: str, fold: str, number: str) -> tuple[str, list[object]]:
    value = term.value.lower()
    if term.name == "tags":
        return _tags(column, fold, value)
    if term.op in _OPS:
        figure = f"TRY_CAST({column} AS DOUBLE)" if number == "number_of" else f"{number}({column})"
        try:
            return f"{figure} {term.op} ?", [float(value)]
        except ValueError:
            return "false", []
    text = f"{fold}(CAST({column} AS VARCHAR))"
    if term.is_prefix:
        begin = value.removesuffix("*")
        return f"substr({text}, 1, {len(begin)}) = ?", [begin]
    return f"{text} = ?", [value]


def _tags(column: str, fold: str, value: str) -> tuple[str, list[object]]:
    if fold == "lower":
        return f"list_contains({column}, ?)", [value]
    return f"instr({column}, ?) > 0", [f'"{value}"']


def _column(name: str) -> str:
    if name in COLUMNS or name == "event.dataset":
        return f'"{name}"'
    return f"json_extract_string(nullif(fields, ''), '{_path(name)}')"


def _hot_column(name: str) -> str:
    return _HOT_COLUMNS.get(name) or f"json_extract(record, '{_path(name)}')"


def _path(name: str) -> str:
    """A JSON path to a key that has dots; names hold letters, digits, dots and @ only."""
    return f'$."{name}"'


def fold(value: str | float | None) -> str | float | None:
    """Small letters, of any alphabet."""
    return value.lower() if isinstance(value, str) else value


def number(value: object) -> float | None:
    """A number, also one that is written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None

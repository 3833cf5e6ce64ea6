"""Finds traces in the store: by id, or by what a span of them is like. Newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundplan.operations.observe.traces.columns import HOUR, PREFIX, Span, span_of
from groundplan.parquet.manifest import NAME as MANIFEST_NAME
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.query import connection, quoted, rows, scan

Found = tuple[Span, ...]  # the spans of one trace, in the order of their start
_ATTRIBUTE = "json_extract_string(fields, '$.' || ? || '.\"' || ? || '\"')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: one span has to fit all of it, and `errors` any span of the trace.

    Times are seconds since 1970, lengths seconds.
    """

    service: str = ""
    operation: str = ""
    since: float = 0.0
    until: float = float("inf")
    longer: float = 0.0
    shorter: float = float("inf")
    errors: bool = False
    attributes: tuple[tuple[str, str], ...] = field(default=())
    limit: int = 20


class Traces:
    """The traces of one store, for reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def is_there(self) -> bool:
        """Whether anything was ever kept."""
        return (self._folder / MANIFEST_NAME).exists()

    def trace(self, trace_id: str) -> Found:
        """The spans of one trace; none when it is not known."""
        return next(iter(self._whole([trace_id], self._files())), ())

    def find(self, wanted: Wanted) -> tuple[Found, ...]:
        """The newest traces that fit."""
        files = self._files(wanted.since - HOUR, wanted.until + HOUR)
        ids: dict[str, None] = {}
        for hour in sorted({file.partition.begins for file in files}, reverse=True):
            group = [file for file in files if file.partition.begins == hour]
            ids |= dict.fromkeys(self._ids(group, wanted))
            if len(ids) >= wanted.limit:
                break
        found = self._whole(list(ids)[: wanted.limit], files)
        return tuple(sorted(found, key=lambda spans: -spans[0].start))

    def services(self, since: float = 0.0) -> tuple[str, ...]:
        """Every service that has spans."""
        sql = "SELECT DISTINCT service FROM {} ORDER BY service"
        return tuple(row["service"] for row in self._ask(sql, self._files(since)))

    def operations(self, service: str, since: float = 0.0) -> tuple[tuple[str, str], ...]:
        """A service's operations, each with its kind of span."""
        sql = (
            "SELECT DISTINCT name, span_kind FROM {} WHERE ? IN ('', service)"
            " ORDER BY name, span_kind"
        )
        found = self._ask(sql, self._files(since), [service])
        return tuple((row["name"], row["span_kind"]) for row in found)

    def calls(self, since: float, until: float) -> tuple[tuple[str, str, int], ...]:
        """Which service called which, and how often, in the traces that were kept."""
        sql = (
            "WITH spans AS (SELECT DISTINCT trace_id, span_id, parent_id, service, start FROM {})"
            " SELECT parent.service AS caller, child.service AS called, count(*) AS calls"
            " FROM spans AS child JOIN spans AS parent"
            " ON child.trace_id = parent.trace_id AND child.parent_id = parent.span_id"
            " WHERE child.service <> parent.service"
            " AND epoch(child.start) BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL"
        )
        found = self._ask(sql, self._files(since - HOUR, until + HOUR), [since, until])
        return tuple((row["caller"], row["called"], row["calls"]) for row in found)

    def _files(self, since: float = 0.0, until: float = float("inf")) -> tuple[Listed, ...]:
        if not self.is_there:
            return ()
        with Manifest(self._folder, read_only=True) as manifest:
            return manifest.files(PREFIX, since=since, until=until)

    def _ids(self, files: Sequence[Listed], wanted: Wanted) -> list[str]:
        where, values = _condition(wanted)
        also = " AND bool_or(status = 'error')" if wanted.errors else ""
        sql = (
            f"SELECT trace_id, max(start) AS newest FROM {{}} GROUP BY trace_id"
            f" HAVING bool_or({where}){also} ORDER BY newest DESC LIMIT {int(wanted.limit)}"
        )
        return [row["trace_id"] for row in self._ask(sql, files, values)]

    def _whole(self, ids: Sequence[str], files: Sequence[Listed]) -> list[Found]:
        """All spans of some traces. A span that was sent twice is there once."""
        if not ids:
            return []
        names = ", ".join(quoted(each) for each in ids)
        sql = f"SELECT * FROM {{}} WHERE trace_id IN ({names}) ORDER BY start"
        traces: dict[str, dict[str, Span]] = {}
        for row in self._ask(sql, files):
            span = span_of(row)
            traces.setdefault(span.trace_id, {}).setdefault(span.span_id, span)
        return [tuple(spans.values()) for spans in traces.values()]

    def _ask(
        self, sql: str, files: Sequence[Listed], values: Iterable[Any] = ()
    ) -> list[dict[str, Any]]:
        if not files:
            return []
        with connection(self._folder) as database:
            query = sql.format(scan(self._folder, files))
            return [
                row for batch in rows(database, query, tuple(values)) for row in batch.to_pylist()
            ]


def _condition(wanted: Wanted) -> tuple[str, list[Any]]:
    """What one span has to fulfil, and its values."""
    terms: list[tuple[str, list[Any]]] = [("true", [])]
    if wanted.service:
        terms.append(("service = ?", [wanted.service]))
    if wanted.operation:
        terms.append(("name = ?", [wanted.operation]))
    if wanted.since > 0:
        terms.append(("epoch(start) >= ?", [wanted.since]))
    if wanted.until < float("inf"):
        terms.append(("epoch(start) <= ?", [wanted.until]))
    if wanted.longer > 0:
        terms.append(("duration_ns >= ?", [round(wanted.longer * 1e9)]))
    if wanted.shorter < float("inf"):
        terms.append(("duration_ns <= ?", [round(wanted.shorter * 1e9)]))
    for name, value in wanted.attributes:
        if (name, value) == ("error", "true"):
            terms.append(("status = 'error'", []))
        else:
            either = f"({_ATTRIBUTE} = ? OR {_ATTRIBUTE} = ?)"
            terms.append((either, ["attributes", name, value, "resource", name, value]))
    return " AND ".join(term for term, _ in terms), [v for _, values in terms for v in values]

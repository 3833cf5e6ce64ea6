"""Finds records: the recent hours in the fast index, the rest in the Parquet files.

Both answer alike: the same words, the same fields, newest first. What the index does not have yet,
or not any more, is read from the files, and nothing is found twice.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any

from groundplan.operations.observe.logs.columns import prefix_of, record_of
from groundplan.operations.observe.logs.conditions import for_files, for_index
from groundplan.operations.observe.logs.hot import NAME as HOT_NAME
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.question import Question
from groundplan.operations.observe.logs.words import hashes_of, spans
from groundplan.parquet.manifest import NAME as MANIFEST_NAME
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.query import connection, naming_unreadable, rows, scan

Found = dict[str, Any]
NO_LIMIT = 2**62


class Search:
    """The records of one store, for reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self, question: Question) -> Iterator[Found]:
        """The newest records that fit, newest first; a limit of 0 is none."""
        files = self._files(question)
        hot = Hot(self._folder, read_only=True) if (self._folder / HOT_NAME).exists() else None
        limit = question.limit or NO_LIMIT
        try:
            edge = hot.since if hot else float("inf")
            known = hot.batches() if hot else frozenset[str]()
            cold = [
                file
                for file in files
                if file.batch not in known or file.partition.begins.timestamp() < edge
            ]
            recent = self._recent(hot, question, edge, limit) if hot else _nothing()
            older = self._cold(question, cold, limit)
            with closing(recent), closing(older):
                yield from islice(merge(recent, older, key=_when, reverse=True), limit)
        finally:
            if hot:
                hot.close()

    def follow(self, question: Question, after: int) -> tuple[tuple[Found, ...], int]:
        """Records of the batches that came in after one, oldest first, and the last batch."""
        with self._manifest() as manifest:
            new = dict(manifest.batches_after(after))
            files = tuple(file for file in manifest.files() if file.batch in new)
        wanted = [file for file in files if _is_in(file, question)]
        found = tuple(self._cold(replace(question, limit=0), wanted, NO_LIMIT))
        return tuple(reversed(found)), max(new.values(), default=after)

    def last_batch(self) -> int:
        """The number of the newest batch."""
        if not (self._folder / MANIFEST_NAME).exists():
            return 0
        with self._manifest() as manifest:
            return max((number for _, number in manifest.batches_after(0)), default=0)

    def _files(self, question: Question) -> tuple[Listed, ...]:
        if not (self._folder / MANIFEST_NAME).exists():
            return ()
        prefix = prefix_of(question.klass) if question.klass else ""
        with self._manifest() as manifest:
            return manifest.files(prefix, since=question.since, until=question.until)

    def _manifest(self) -> Manifest:
        return Manifest(self._folder, read_only=True)

    def _recent(self, hot: Hot, question: Question, edge: float, limit: int) -> Generator[Found]:
        words, condition = for_index(question, edge)
        return hot.find(words, condition.where, tuple(condition.values), limit=limit)

    def _cold(self, question: Question, files: Sequence[Listed], limit: int) -> Generator[Found]:
        """Hour by hour from the newest, so that memory stays small whatever is asked."""
        if not files:
            return  # a database for nothing would take as long as the fast index
        condition = for_files(question)
        hashes = hashes_of(question)
        hours = sorted({file.partition.begins for file in files}, reverse=True)
        left = limit
        with connection(self._folder) as database:
            for hour in hours:
                group = [file for file in files if file.partition.begins == hour]
                files_of = self._worth(group, hashes)
                if not files_of:
                    continue
                sql = (
                    f"SELECT * FROM ({files_of}) WHERE {condition.where}"
                    f' ORDER BY "@timestamp" DESC, file_row_number DESC LIMIT {left}'
                )
                with naming_unreadable(self._folder, group):
                    for batch in rows(database, sql, condition.values):
                        for row in batch.to_pylist():
                            left -= 1
                            yield record_of(row).as_ecs()
                if left <= 0:
                    return

    def _worth(self, group: Sequence[Listed], hashes: Sequence[int]) -> str:
        """The rows of files that may hold the words, as SQL; "" when there are none."""
        whole: list[Listed] = []
        parts: list[str] = []
        for file in group:
            found = spans(self._folder, file, hashes) if hashes else None
            if found is None:
                whole.append(file)
            elif found:
                rows_of = " OR ".join(f"file_row_number BETWEEN {a} AND {b}" for a, b in found)
                source = scan(self._folder, [file], numbered=True)
                parts.append(f"SELECT * FROM {source} WHERE {rows_of}")
        if whole:
            parts.append(f"SELECT * FROM {scan(self._folder, whole, numbered=True)}")
        return " UNION ALL BY NAME ".join(parts)


def _is_in(file: Listed, question: Question) -> bool:
    return not question.klass or file.partition.prefix == prefix_of(question.klass)


def _nothing() -> Generator[Found]:
    yield from ()


def _when(found: Found) -> str:
    return str(found["@timestamp"])

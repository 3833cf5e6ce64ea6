"""A folder of Parquet files: batches go in exactly once, small files are merged, old ones go.

One process writes at a time, many may read. The files can be read by anything that knows Hive
partitions; which of them count is in the manifest.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.parquet.keep import Expiry
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.partition import Partition
from groundplan.sqlite import Closes

LOCK = "writer.lock"
TRY_SECONDS = 0.05
MERGED_BYTES = 512_000_000  # between 128 MB and 1 GB: what query engines like
ROW_GROUP = 131_072
ZSTD_LEVEL = 1  # as small as 3 for logs, and a third faster
SAMPLE = 2048  # rows that tell whether the values of a column repeat


class Store(Closes):
    """A store that is open for writing."""

    def __init__(
        self, folder: Path, *, compression: str = "zstd", wait_seconds: float = 0.0
    ) -> None:
        self.folder = folder
        self._compression = compression
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / LOCK).open("a")
        self._take(wait_seconds)
        try:
            self.manifest = Manifest(folder)
        except TargetError:
            self._lock.close()
            raise

    def _take(self, seconds: float) -> None:
        """The lock of those who write, within a time."""
        ends = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() < ends:
                    time.sleep(TRY_SECONDS)
                    continue
                self._lock.close()
                raise TargetError(
                    part="store",
                    doing="opening it for writing",
                    why=f"another process writes to {self.folder}",
                    try_="wait until it is done",
                    retry=True,
                ) from error
            return

    def close(self) -> None:
        """Lets others write."""
        self.manifest.close()
        self._lock.close()

    def commit(
        self,
        batch: str,
        tables: Mapping[Partition, pa.Table],
        marks: Mapping[str, str] | None = None,
    ) -> bool:
        """Puts a batch in, once; tells whether it was new. TargetError when the disk is full."""
        if self.manifest.has(batch):
            return False
        listed = [
            self._write(partition, batch, iter([table]), [table.schema])
            for partition, table in sorted(tables.items())
        ]
        self.manifest.add(batch, listed, marks or {})
        return True

    def compact(self, *, before: float) -> int:
        """Merges the small files of partitions that are over; how many files are fewer."""
        fewer = 0
        for partition in self.manifest.partitions():
            if partition.ends.timestamp() > before:
                continue
            files = [f for f in self.manifest.files(partition.path) if f.bytes < MERGED_BYTES // 4]
            for group in _groups(files):
                self._merge(partition, group)
                fewer += len(group) - 1
        return fewer

    def expire(self, expiries: Sequence[Expiry]) -> int:
        """Deletes partitions; how many records they had. Harmless twice, whole after a kill."""
        rows = 0
        for expiry in expiries:
            names = [file.path for file in self.manifest.files(expiry.partition.path)]
            rows += self.manifest.drop(expiry.partition)
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
                self._remove_empty((self.folder / name).parent)
        return rows

    def move(self, file: Listed, tier: str) -> None:
        """Puts a file into another tier, a folder above its partition; whole after a kill."""
        new = replace(file, path=f"{tier}/{file.partition.path}/{Path(file.path).name}")
        old_path, new_path = self.folder / file.path, self.folder / new.path
        new_path.parent.mkdir(parents=True, exist_ok=True)
        new_path.unlink(missing_ok=True)
        os.link(old_path, new_path)
        self.manifest.swap([file], [new])
        old_path.unlink()
        self._remove_empty(old_path.parent)

    def sweep(self) -> int:
        """Deletes files that no list names: what a kill left half done. How many."""
        known = {file.path for file in self.manifest.files()}
        count = 0
        for path in self._on_disk():
            if str(path.relative_to(self.folder)) not in known:
                path.unlink(missing_ok=True)
                self._remove_empty(path.parent)
                count += 1
        return count

    def lost(self) -> tuple[Listed, ...]:
        """Files that count and are not on the disk as they were written."""
        return tuple(file for file in self.manifest.files() if not self._is_whole(file))

    def _is_whole(self, file: Listed) -> bool:
        try:
            return (self.folder / file.path).stat().st_size == file.bytes
        except OSError:
            return False

    def _on_disk(self) -> Iterator[Path]:
        yield from list(self.folder.rglob("*.parquet"))
        yield from list(self.folder.rglob("*.parquet.part"))

    def _merge(self, partition: Partition, group: list[Listed]) -> None:
        names = "\n".join(file.path for file in group)
        name = f"merged-{hashlib.sha256(names.encode()).hexdigest()[:24]}"
        paths = [self.folder / file.path for file in group]
        tables = (pq.read_table(path, partitioning=None) for path in paths)
        merged = self._write(partition, name, tables, [pq.read_schema(path) for path in paths])
        assert merged.rows == sum(file.rows for file in group), f"{partition.path}: rows differ"
        self.manifest.swap(group, [merged])
        for path in paths:
            path.unlink(missing_ok=True)

    def _write(
        self,
        partition: Partition,
        name: str,
        tables: Iterator[pa.Table],
        schemas: Sequence[pa.Schema],
    ) -> Listed:
        """One file, whole or not at all; whoever was killed here is repeated, not continued."""
        folder = self.folder / partition.path
        path, part = folder / f"{name}.parquet", folder / f"{name}.parquet.part"
        rows = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            schema = pa.unify_schemas(schemas, promote_options="permissive")
            first = next(tables)
            with pq.ParquetWriter(part, schema, **self._options(first)) as writer:
                for table in _gathered(_as(each, schema) for each in chain([first], tables)):
                    writer.write_table(table, row_group_size=ROW_GROUP)
                    rows += table.num_rows
            _to_disk(part)
            part.rename(path)
            _to_disk(folder)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise TargetError(
                part="store",
                doing="writing records",
                why=f"{path}: {error.strerror or error}",
                try_="make room on the disk; nothing is lost, it goes on by itself",
                retry=True,
            ) from error
        return Listed(
            path=str(path.relative_to(self.folder)),
            partition=partition,
            rows=rows,
            bytes=path.stat().st_size,
            batch=name,
        )

    def _options(self, rows: pa.Table) -> dict[str, Any]:
        is_zstd = self._compression == "zstd"
        sample = rows.slice(0, SAMPLE)
        repeated = [each for each in rows.column_names if _repeats(sample[each])]
        others = [each for each in rows.column_names if each not in repeated]
        return {
            "use_dictionary": repeated,
            "write_statistics": [*repeated, *(each for each in others if _has_order(sample[each]))],
            "compression": self._compression,
            "compression_level": ZSTD_LEVEL if is_zstd else None,
        }

    def _remove_empty(self, folder: Path) -> None:
        while folder != self.folder:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                return
            folder = folder.parent


def _groups(files: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Files in their order, in groups that make a file of a good size; a single one stays."""
    group: list[Listed] = []
    size = 0
    for file in files:
        if group and size + file.bytes > MERGED_BYTES:
            if len(group) > 1:
                yield group
            group, size = [], 0
        group.append(file)
        size += file.bytes
    if len(group) > 1:
        yield group


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Small tables together, so that no row group is small."""
    group: list[pa.Table] = []
    for table in tables:
        group.append(table)
        if sum(map(len, group)) >= ROW_GROUP:
            yield pa.concat_tables(group)
            group = []
    if group:
        yield pa.concat_tables(group)


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary of its values is worth making: it costs time, and often size."""
    if pa.types.is_nested(column.type):
        return True
    return 2 * len(column.unique()) < len(column)


def _has_order(column: pa.ChunkedArray) -> bool:
    """Whether its least and its greatest value tell a reader which rows to pass over: of texts that
    come in any order they tell nothing, and cost a fifth of the time of writing."""
    if not pa.types.is_string(column.type):
        return True
    return bool(pc.all(pc.less_equal(column[:-1], column[1:])).as_py())


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the columns of the schema; those that it lacks are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Parquet files: batches go in exactly once, small files are merged, old ones go.

One process writes at a time, many may read. The files can be read by anything that knows Hive
partitions; where they are is behind a port, which of them count is in the manifest.
"""

import fcntl
import hashlib
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.parquet.change import Change, Listed
from groundplan.parquet.files import Files, Folder
from groundplan.parquet.keep import Expiry
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.partition import Partition
from groundplan.parquet.writing import options
from groundplan.sqlite import Closes

LOCK = "writer.lock"
TRY_SECONDS = 0.05
MERGED_BYTES = 512_000_000  # between 128 MB and 1 GB: what query engines like
ROW_GROUP = 131_072


class _Unreadable(Exception):
    """A file that is gone, cut or no Parquet."""

    def __init__(self, file: Listed) -> None:
        super().__init__(file.path)
        self.file = file


class Store(Closes):
    """A store that is open for writing."""

    def __init__(
        self, place: Path | Files, *, compression: str = "zstd", wait_seconds: float = 0.0
    ) -> None:
        self.files: Files = Folder(place) if isinstance(place, Path) else place
        self.folder = self.files.folder
        self._compression = compression
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / LOCK).open("a")
        self._take(wait_seconds)
        try:
            self.manifest = Manifest(self.folder)
            if self.files.log is not None:
                self.files.log.refresh(self.manifest)
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
        schemas = self._schemas(tables) if self.files.log is not None else {}
        change = Change(batch=batch, new=tuple(listed), marks={**(marks or {}), **schemas})
        return self._record(change)

    def note(self, marks: Mapping[str, str]) -> None:
        """Marks that come with no batch."""
        self._record(Change(marks=marks))

    def compact(self, *, before: float) -> int:
        """Merges the small files of partitions that are over; how many files are fewer. What
        cannot be read stays as it is: whoever asks for it is told."""
        fewer = 0
        for partition in self.manifest.partitions():
            if partition.ends.timestamp() > before:
                continue
            files = [f for f in self.manifest.files(partition.path) if f.bytes < MERGED_BYTES // 4]
            for group in _groups(files):
                give_back()
                fewer += self._merge_readable(partition, group)
        give_back()
        return fewer

    def expire(self, expiries: Sequence[Expiry]) -> int:
        """Deletes partitions; how many records they had. Harmless twice, whole after a kill."""
        rows = 0
        for expiry in expiries:
            files = self.manifest.files(expiry.partition.path)
            self._record(Change(dropped=expiry.partition.path))
            self.files.delete(file.path for file in files)
            rows += sum(file.rows for file in files)
        return rows

    def move(self, file: Listed, tier: str) -> None:
        """Puts a file into another tier, a folder above its partition; whole after a kill."""
        new = replace(file, path=f"{tier}/{file.partition.path}/{Path(file.path).name}")
        self.files.hold(file.path, new.path)
        self._record(Change(gone=(file,), new=(new,)))
        self.files.let_go(file.path, new.path)

    def sweep(self) -> int:
        """Deletes files that no list names: what a kill left half done. How many."""
        known = frozenset(file.path for file in self.manifest.files())
        orphans = [*self.files.orphans(known)]
        self.files.delete(orphans)
        return len(orphans)

    def lost(self) -> tuple[Listed, ...]:
        """Files that count and are not there as they were written."""
        return self.files.lost(self.manifest.files())

    def _record(self, change: Change) -> bool:
        if self.files.log is not None:
            return self.files.log.write(change, self.manifest)
        self.manifest.apply(change)
        return True

    def _schemas(self, tables: Mapping[Partition, pa.Table]) -> dict[str, str]:
        """The columns of each prefix, so that nobody has to open its files to know them."""
        found: dict[str, pa.Schema] = {}
        for partition, table in tables.items():
            name = schema_mark(partition.prefix)
            before = found.get(name) or schema_of(self.manifest, partition.prefix)
            schemas = [table.schema] if before is None else [before, table.schema]
            found[name] = pa.unify_schemas(schemas, promote_options="permissive")
        return {
            name: b64encode(schema.remove_metadata().serialize()).decode()
            for name, schema in found.items()
        }

    def _merge_readable(self, partition: Partition, group: list[Listed]) -> int:
        while len(group) > 1:
            try:
                self._merge(partition, group)
            except _Unreadable as error:
                group = [file for file in group if file != error.file]
            else:
                return len(group) - 1
        return 0

    def _merge(self, partition: Partition, group: list[Listed]) -> None:
        names = "\n".join(file.path for file in group)
        name = f"merged-{hashlib.sha256(names.encode()).hexdigest()[:24]}"
        schemas = [self._read(file, pq.read_schema) for file in group]
        tables = (self._read(file, partial(pq.read_table, partitioning=None)) for file in group)
        merged = self._write(partition, name, tables, schemas)
        assert merged.rows == sum(file.rows for file in group), f"{partition.path}: rows differ"
        if self._record(Change(gone=tuple(group), new=(merged,))):
            self.files.delete(file.path for file in group)

    def _read(self, file: Listed, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self.files.open(file.path))
        except (OSError, pa.ArrowException) as error:
            raise _Unreadable(file) from error

    def _write(
        self,
        partition: Partition,
        name: str,
        tables: Iterator[pa.Table],
        schemas: Sequence[pa.Schema],
    ) -> Listed:
        """One file, whole or not at all; whoever was killed here is repeated, not continued."""
        folder = self.folder / partition.path
        part = folder / f"{name}.parquet.part"
        rows = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            schema = pa.unify_schemas(schemas, promote_options="permissive")
            first = next(tables)
            with pq.ParquetWriter(part, schema, **options(first, self._compression)) as writer:
                for table in _gathered(_as(each, schema) for each in chain([first], tables)):
                    writer.write_table(table, row_group_size=ROW_GROUP)
                    rows += table.num_rows
            size = part.stat().st_size
            path = f"{partition.path}/{self.files.name(part, name)}"
            self.files.put(part, path)
        except (OSError, _Unreadable) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            if isinstance(error, _Unreadable):
                raise
            raise TargetError(
                part="store",
                doing="writing records",
                why=f"{part.with_suffix('')}: {error.strerror or error}",
                try_="make room on the disk; nothing is lost, it goes on by itself",
                retry=True,
            ) from error
        return Listed(path=path, partition=partition, rows=rows, bytes=size, batch=name)


def schema_mark(prefix: str) -> str:
    """Where the columns of a prefix are noted."""
    return f"schema:{prefix}"


def schema_of(manifest: Manifest, prefix: str) -> pa.Schema | None:
    """The columns of a prefix, as they were noted."""
    text = manifest.mark(schema_mark(prefix))
    return None if text is None else pa.ipc.read_schema(pa.py_buffer(b64decode(text)))


def give_back() -> None:
    """Memory that Arrow keeps of what is done: for it another file of 100 MB would come on top."""
    pa.default_memory_pool().release_unused()


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


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the columns of the schema; those that it lacks are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)

"""The files of a lake in buckets of S3: one for each zone, tiers are storage classes.

A file's key ends in the hash of what is in it, so nothing is ever written over: whoever repeats
what a kill ended writes the same object, or another one that nobody lists.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pf

from groundplan.errors import TargetError
from groundplan.operations.lake.aws import s3, told
from groundplan.operations.lake.bucket_log import BucketLog
from groundplan.operations.lake.kinds import AT, TIME
from groundplan.operations.lake.tiers import ARCHIVE, INFREQUENT, STANDARD, tier_of, zone_of
from groundplan.parquet.change import Listed
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.partition import UNITS
from groundplan.parquet.store import schema_of

HERE = "s3"  # below the lake's folder: what this machine knows of the buckets
CLASSES = {STANDARD: "STANDARD", INFREQUENT: "STANDARD_IA", ARCHIVE: "GLACIER"}
COLDER = ("STANDARD", "STANDARD_IA", "GLACIER", "DEEP_ARCHIVE")
WRITING = timedelta(days=1)  # what is younger may be somebody's who has not ended yet
DELETED_AT_ONCE = 1000
_PATHS = tuple(f"{tier}/" for tier in CLASSES if tier)


class Buckets:
    """`zones`: the bucket of each zone; the first one has the list of changes, too."""

    def __init__(self, place: Path, zones: Mapping[str, str], owner: str) -> None:
        self._zones = zones
        first = next(iter(zones.values()))
        self.folder = place / HERE / first
        self._aws = s3()
        self._client = self._aws.client
        self._arrow: pf.S3FileSystem | None = None
        self.log = BucketLog(self._client, first, owner)

    def name(self, part: Path, name: str) -> str:
        """With what is in it."""
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return f"{name}-{digest[:16]}.parquet"

    def put(self, part: Path, path: str) -> None:
        """It is there when all of it is."""
        with told("writing records", self._bucket(path)):
            self._client.upload_file(str(part), self._bucket(path), key_of(path))
        part.unlink(missing_ok=True)

    def open(self, path: str) -> pa.NativeFile:
        """Read by Arrow."""
        try:
            return self._files().open_input_file(self._place(path))
        except OSError as error:
            raise self._explanation(error, ()) from error

    def hold(self, old: str, new: str) -> None:
        """A copy onto itself in another storage class, unless the bucket's own rule was faster."""
        bucket, key = self._bucket(new), key_of(new)
        wanted = CLASSES[_tier(new)]
        with told(f"moving a file to {wanted}", bucket):
            found = self._client.head_object(Bucket=bucket, Key=key).get("StorageClass", "STANDARD")
            if found in COLDER and COLDER.index(found) >= COLDER.index(wanted):
                return
            self._client.copy_object(
                Bucket=bucket,
                Key=key,
                CopySource={"Bucket": bucket, "Key": key},
                StorageClass=wanted,
                MetadataDirective="COPY",
            )

    def let_go(self, old: str, new: str) -> None:
        """It is one object."""

    def delete(self, paths: Iterable[str]) -> None:
        """Some at a time; in a bucket with versions the older ones go by its own rule."""
        grouped: dict[str, list[str]] = {}
        for path in paths:
            grouped.setdefault(self._bucket(path), []).append(key_of(path))
        for bucket, keys in grouped.items():
            for first in range(0, len(keys), DELETED_AT_ONCE):
                self._delete(bucket, keys[first : first + DELETED_AT_ONCE])

    def orphans(self, known: frozenset[str]) -> Iterator[str]:
        """Of yesterday or before; and what is half written here."""
        for part in self.folder.rglob("*.parquet.part"):
            part.unlink(missing_ok=True)
        keys = {key_of(path) for path in known}
        limit = datetime.now(UTC) - WRITING
        for bucket in dict.fromkeys(self._zones.values()):
            for found in self._objects(bucket):
                if found["Key"] not in keys and found["LastModified"] < limit:
                    yield found["Key"]

    def lost(self, files: Sequence[Listed]) -> tuple[Listed, ...]:
        """By the sizes of all objects, listed a thousand at a time."""
        buckets = dict.fromkeys(self._bucket(file.path) for file in files)
        sizes = {
            (bucket, found["Key"]): found["Size"]
            for bucket in buckets
            for found in self._objects(bucket)
        }
        return tuple(
            file
            for file in files
            if sizes.get((self._bucket(file.path), key_of(file.path))) != file.bytes
        )

    def source(
        self, database: duckdb.DuckDBPyConnection, files: Sequence[Listed], manifest: Manifest
    ) -> str:
        """A data set of Arrow that knows what is in which file, so that others are not read."""
        prefix = files[0].partition.prefix
        columns = schema_of(manifest, prefix)
        assert columns is not None, f"{prefix} has no columns"
        folders = [(name, pa.string()) for name in ("zone", "table")]
        times = [(name, pa.int32()) for name in UNITS]
        schema = pa.schema([*columns, *(pa.field(*each) for each in (*folders, *times))])
        form = ds.ParquetFileFormat()
        fragments = [
            form.make_fragment(
                self._place(file.path), self._files(), _known(file), file_size=file.bytes
            )
            for file in files
        ]
        name = f"lake {prefix}"
        found = ds.FileSystemDataset(fragments, schema, form, self._files())
        database.register(name, found)
        return f'"{name}"'

    @contextmanager
    def explained(self, files: Sequence[Listed]) -> Iterator[None]:
        """Asks S3 what is wrong, because Arrow says little."""
        try:
            yield
        except (TargetError, duckdb.Error, OSError) as error:
            if isinstance(error, TargetError) and "registered as" not in error.why:
                raise
            raise self._explanation(error, files) from error

    def _explanation(self, error: Exception, files: Sequence[Listed]) -> TargetError:
        for bucket in dict.fromkeys(self._zones.values()):
            with told("reading its files", bucket):
                self._client.head_bucket(Bucket=bucket)
        lost = self.lost(files)
        if lost:
            rows = sum(file.rows for file in lost)
            why = (
                f"{len(lost)} of {len(files)} files with {rows:,} rows are gone or broken, the "
                f"first is {self._place(lost[0].path)}"
            )
            return _unreadable(why, "bring them back from a version or a copy of the bucket")
        cold = sum(tier_of(file) == ARCHIVE for file in files)
        if cold:
            why = f"{cold} of {len(files)} files are in the archive, where reading takes hours"
            return _unreadable(
                why, "ask for a later time (event_time, year, month, day), or restore them first"
            )
        return _unreadable(str(error).splitlines()[0], "ask again; a narrower time reads less")

    def _objects(self, bucket: str) -> Iterator[dict[str, Any]]:
        with told("listing its files", bucket):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix="zone="):
                yield from page.get("Contents", ())

    def _delete(self, bucket: str, keys: Sequence[str]) -> None:
        named = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        with told("deleting what is old", bucket):
            errors = self._client.delete_objects(Bucket=bucket, Delete=named).get("Errors", ())
        if errors:
            code = errors[0]["Code"]
            raise TargetError(
                part="store",
                doing="deleting what is old",
                why=f"bucket {bucket}: {len(errors)} of {len(keys)} objects stay: {code}",
                try_="allow s3:DeleteObject to this account; it is tried again tomorrow",
                retry=True,
            )

    def _files(self) -> pf.S3FileSystem:
        self._arrow = self._arrow or self._aws.arrow()
        return self._arrow

    def _bucket(self, path: str) -> str:
        return self._zones[zone_of(key_of(path))]

    def _place(self, path: str) -> str:
        return f"{self._bucket(path)}/{key_of(path)}"


def key_of(path: str) -> str:
    """A path without its tier, which is no part of the key."""
    return path.partition("/")[2] if path.startswith(_PATHS) else path


def _tier(path: str) -> str:
    return path.partition("/")[0] if path.startswith(_PATHS) else STANDARD


def _known(file: Listed) -> ds.Expression:
    """What is true of every row of a file."""
    partition = file.partition
    zone, _, table = partition.prefix.partition("/table=")
    moment = partition.begins
    values = (moment.year, moment.month, moment.day, moment.hour)[: partition.depth]
    found = (
        (ds.field("zone") == zone.removeprefix("zone="))
        & (ds.field("table") == table)
        & (ds.field(AT) >= pa.scalar(partition.begins, TIME))
        & (ds.field(AT) < pa.scalar(partition.ends, TIME))
    )
    for name, value in zip(UNITS, values, strict=False):
        found &= ds.field(name) == pa.scalar(value, pa.int32())
    return found


def _unreadable(why: str, try_: str) -> TargetError:
    return TargetError(part="store", doing="reading its files", why=why, try_=try_)

"""The list of a lake's changes in its bucket: one object for each, numbered without a gap.

An object is created only where there is none, so of two who write at the same time one is the next,
and the other reads what happened and decides anew. Whoever has read all of them has the manifest;
a machine that lost its own reads them from the beginning.
"""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import orjson
from botocore.exceptions import ClientError

from groundplan.errors import TargetError
from groundplan.operations.lake.aws import code_of, told
from groundplan.parquet.change import Change, Listed
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.partition import Partition

FOLDER = "_groundplan"
LOG = f"{FOLDER}/log/"
OWNER = f"{FOLDER}/lake.json"
FORMAT = 1
READERS = 16
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class BucketLog:
    """`owner` is whose lake it is: another one's is not written to."""

    def __init__(self, client: Any, bucket: str, owner: str) -> None:
        self._client = client
        self._bucket = bucket
        self._owner = owner
        self._is_ours = False

    def refresh(self, manifest: Manifest) -> None:
        """Reads what came since the last time."""
        self._read(manifest)

    def write(self, change: Change, manifest: Manifest) -> bool:
        """Adds a change behind those that others made meanwhile; False when they overtook it."""
        self._claim()
        name = uuid.uuid4().hex
        body = orjson.dumps({"format": FORMAT, "id": name, **_as_json(change)})
        while True:
            number = manifest.log_number() + 1
            if self._put(_key(number), body):
                manifest.apply(change, number=number)
                return True
            # Its own answer may have been lost on the way: then the change is there.
            if name in self._read(manifest):
                return True
            if _is_overtaken(change, manifest):
                return False

    def _read(self, manifest: Manifest) -> frozenset[str]:
        """Applies what came since; who wrote it."""
        found = set()
        with ThreadPoolExecutor(READERS) as readers:
            for keys in self._pages(manifest.log_number()):
                for number, text in zip(
                    map(_number, keys), readers.map(self._get, keys), strict=True
                ):
                    written = self._parsed(text)
                    if number != manifest.log_number() + 1 and number > manifest.log_number():
                        raise self._broken(f"change {manifest.log_number() + 1} is not there")
                    manifest.apply(_of_json(written), number=number)
                    found.add(str(written["id"]))
        return frozenset(found)

    def _pages(self, after: int) -> Iterator[list[str]]:
        with told("reading the list of its files", self._bucket):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=LOG, StartAfter=_key(after)
            )
            for page in pages:
                yield [each["Key"] for each in page.get("Contents", ())]

    def _get(self, key: str) -> bytes:
        with told("reading the list of its files", self._bucket):
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            return body

    def _put(self, key: str, body: bytes) -> bool:
        """Whether it was not there."""
        with told("writing the list of its files", self._bucket):
            try:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) in TAKEN:
                    return False
                raise
            return True

    def _parsed(self, text: bytes) -> dict[str, Any]:
        written: dict[str, Any] = orjson.loads(text)
        if written.get("format") != FORMAT:
            raise self._broken(f"a newer groundplan wrote it (format {written.get('format')})")
        return written

    def _claim(self) -> None:
        """The first who writes says whose lake it is."""
        if self._is_ours:
            return
        owner = self._owner
        if not self._put(OWNER, orjson.dumps({"format": FORMAT, "owner": owner})):
            owner = str(self._parsed(self._get(OWNER)).get("owner"))
        if owner != self._owner:
            raise self._broken(f"it holds the lake of {owner}, and this is {self._owner}")
        self._is_ours = True

    def _broken(self, why: str) -> TargetError:
        return TargetError(
            part="store",
            doing="reading the list of its files",
            why=f"bucket {self._bucket}: {why}",
            try_="name other buckets in data_lake, or bring back what was deleted",
        )


def _is_overtaken(change: Change, manifest: Manifest) -> bool:
    if change.batch and manifest.has(change.batch):
        return True
    if not change.gone:
        return False
    there = {file.path for file in manifest.files(change.gone[0].partition.path)}
    return not {file.path for file in change.gone} <= there


def _key(number: int) -> str:
    return f"{LOG}{number:012d}.json"


def _number(key: str) -> int:
    return int(key.removeprefix(LOG).removesuffix(".json"))


def _as_json(change: Change) -> dict[str, Any]:
    found = asdict(change)
    for name in ("gone", "new"):
        found[name] = [
            {**asdict(file), "partition": file.partition.path} for file in getattr(change, name)
        ]
    return found


def _of_json(written: dict[str, Any]) -> Change:
    return Change(
        batch=written["batch"],
        gone=tuple(map(_listed, written["gone"])),
        new=tuple(map(_listed, written["new"])),
        dropped=written["dropped"],
        marks=written["marks"],
    )


def _listed(written: dict[str, Any]) -> Listed:
    return Listed(**{**written, "partition": Partition.parse(written["partition"])})

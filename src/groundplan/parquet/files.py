"""Where the files of a store are: a port, and the folder that it mostly is.

A file has a path in the store; what that is in a folder, or elsewhere, is decided here. Which files
count is the manifest's, also where a log elsewhere says so first.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import duckdb

from groundplan.parquet.change import Change, Listed
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.query import naming_unreadable, scan


class Log(Protocol):
    """The list of changes where several machines, or the next one, can read it."""

    def refresh(self, manifest: Manifest) -> None:
        """Brings a manifest to what the log says."""

    def write(self, change: Change, manifest: Manifest) -> bool:
        """Adds a change and applies it; False when it is overtaken: its batch is in already, or
        its files are not there any more."""


class Files(Protocol):
    """The files of a store. What is deleted or put twice is harmless."""

    @property
    def folder(self) -> Path:
        """Here, for the manifest, the lock and what is half written."""

    @property
    def log(self) -> Log | None:
        """None: the manifest alone says which files count."""

    def name(self, part: Path, name: str) -> str:
        """What a finished file is to be called."""

    def put(self, part: Path, path: str) -> None:
        """A finished file to its place, whole or not at all."""

    def open(self, path: str) -> Any:
        """What pyarrow reads it from."""

    def hold(self, old: str, new: str) -> None:
        """Before the list says that it has moved: it can be read by both paths."""

    def let_go(self, old: str, new: str) -> None:
        """After the list says so."""

    def delete(self, paths: Iterable[str]) -> None:
        """They do not count any more."""

    def orphans(self, known: frozenset[str]) -> Iterator[str]:
        """Files that no list names and nobody is writing: what a kill left half done."""

    def lost(self, files: Sequence[Listed]) -> tuple[Listed, ...]:
        """Those that are not there as they were written."""

    def source(
        self, database: duckdb.DuckDBPyConnection, files: Sequence[Listed], manifest: Manifest
    ) -> str:
        """The FROM of a query over files of one prefix."""

    def explained(self, files: Sequence[Listed]) -> AbstractContextManager[None]:
        """A refusal inside of this says which files, or who, are why."""


class Folder:
    """A folder of this machine."""

    log = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def name(self, part: Path, name: str) -> str:
        """As it is given."""
        return f"{name}.parquet"

    def put(self, part: Path, path: str) -> None:
        """A rename; both are on the disk then."""
        to_disk(part)
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        part.rename(place)
        to_disk(place.parent)

    def open(self, path: str) -> Path:
        """Its path."""
        return self.folder / path

    def hold(self, old: str, new: str) -> None:
        """Another name of the same file."""
        place = self.folder / new
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        os.link(self.folder / old, place)

    def let_go(self, old: str, new: str) -> None:
        """The first name goes."""
        self.delete([old])

    def delete(self, paths: Iterable[str]) -> None:
        """And folders that are empty then."""
        for path in paths:
            (self.folder / path).unlink(missing_ok=True)
            self._remove_empty((self.folder / path).parent)

    def orphans(self, known: frozenset[str]) -> Iterator[str]:
        """One process writes, and it asks before it does."""
        found = [*self.folder.rglob("*.parquet"), *self.folder.rglob("*.parquet.part")]
        names = (str(path.relative_to(self.folder)) for path in found)
        yield from (name for name in names if name not in known)

    def lost(self, files: Sequence[Listed]) -> tuple[Listed, ...]:
        """By their sizes."""
        return tuple(file for file in files if not self._is_whole(file))

    def source(
        self, database: duckdb.DuckDBPyConnection, files: Sequence[Listed], manifest: Manifest
    ) -> str:
        """DuckDB reads them itself."""
        return scan(self.folder, files)

    def explained(self, files: Sequence[Listed]) -> AbstractContextManager[None]:
        """Names those that cannot be read."""
        return naming_unreadable(self.folder, files)

    def _is_whole(self, file: Listed) -> bool:
        try:
            return (self.folder / file.path).stat().st_size == file.bytes
        except OSError:
            return False

    def _remove_empty(self, folder: Path) -> None:
        while folder != self.folder:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                return
            folder = folder.parent


def to_disk(path: Path) -> None:
    """What is written there survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

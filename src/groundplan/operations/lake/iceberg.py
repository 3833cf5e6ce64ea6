"""A copy of the lake's typed tables as Iceberg tables, for engines that read those.

The catalogue is an SQLite file beside them. A table is replaced in one commit, or not at all; one
whose files are the same as at the last time is left alone.
"""

import hashlib
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from groundplan.errors import TargetError
from groundplan.operations.lake.kinds import TAKEN
from groundplan.operations.lake.lake import listed, query_batches, table_of
from groundplan.operations.lake.tiers import zone_of
from groundplan.parquet.change import Listed
from groundplan.parquet.files import Files

CATALOGUE = "catalog.db"
ZONES = ("processed", "analytics")  # raw lines and bad rows have no columns worth it
CHUNK_ROWS = 262_144
DIGEST = "groundplan.files"  # a property of a table: which files it was made of


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A table, and how many rows it got; None: it is as it was."""

    name: str
    rows: int | None


def exported(files: Files, folder: Path) -> Iterator[Exported]:
    """Each table of the typed zones, written or left alone."""
    with listed(files) as manifest:
        found: dict[str, list[Listed]] = {}
        for file in manifest.files():
            zone = zone_of(file.partition.prefix)
            if zone in ZONES:
                found.setdefault(f"{zone}.{table_of(file.partition.prefix)}", []).append(file)
    with _told(folder):
        catalogue = _catalogue(folder)
        for zone in ZONES:
            catalogue.create_namespace_if_not_exists(zone)
        for name, those in sorted(found.items()):
            paths = "\n".join(sorted(file.path for file in those))
            digest = hashlib.sha256(paths.encode()).hexdigest()
            yield Exported(name=name, rows=_replaced(catalogue, files, name, digest))
        for zone in ZONES:
            for name in map(".".join, catalogue.list_tables(zone)):
                if name not in found:  # all of it has aged, so it goes here, too
                    catalogue.purge_table(name)
                    yield Exported(name=name, rows=0)


def _replaced(catalogue: Any, files: Files, name: str, digest: str) -> int | None:
    if catalogue.table_exists(name) and (
        catalogue.load_table(name).properties.get(DIGEST) == digest
    ):
        return None
    chunks = _chunks(files, name)
    first = next(chunks)
    table = _table(catalogue, name, first.schema)
    rows = 0
    before = _data(table)
    everything = importlib.import_module("pyiceberg.expressions").AlwaysTrue()
    with table.transaction() as change:
        if table.current_snapshot() is not None:
            change.delete(everything)
        for chunk in _with(first, chunks):
            change.append(chunk)
            rows += len(chunk)
        change.set_properties({DIGEST: digest})
    _sweep(table, before)
    return rows


def _data(table: Any) -> set[Path]:
    """The files of a table now."""
    if table.current_snapshot() is None:
        return set()
    paths = table.inspect.files()["file_path"].to_pylist()
    return {Path(path.removeprefix("file://")) for path in paths}


def _sweep(table: Any, before: set[Path]) -> None:
    """What was there before stays for who reads it now; what is older, or half written, goes."""
    known = before | _data(table)
    for path in (Path(table.location().removeprefix("file://")) / "data").glob("*.parquet"):
        if path not in known:
            path.unlink(missing_ok=True)


def _table(catalogue: Any, name: str, schema: pa.Schema) -> Any:
    """With these columns; a column of another kind than before makes it a new one."""
    if catalogue.table_exists(name):
        table = catalogue.load_table(name)
        try:
            with table.update_schema() as change:
                change.union_by_name(schema)
        except Exception:  # pyiceberg has one of its own for each kind
            catalogue.drop_table(name)
        else:
            return catalogue.load_table(name)
    return catalogue.create_table(name, schema=schema)


def _chunks(files: Files, name: str) -> Iterator[pa.Table]:
    """The rows without the columns that only folders have; at least one, maybe empty."""
    zone, _, table = name.partition(".")
    sql = f'SELECT * FROM "{zone}"."{table}"'
    group: list[pa.RecordBatch] = []
    for batch in query_batches(files, sql):
        group.append(batch.drop_columns([each for each in batch.schema.names if each in TAKEN]))
        if sum(map(len, group)) >= CHUNK_ROWS:
            yield pa.Table.from_batches(group)
            group = []
    if group:
        yield pa.Table.from_batches(group)


def _with(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _catalogue(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.absolute()
    return importlib.import_module("pyiceberg.catalog.sql").SqlCatalog(
        "lake", uri=f"sqlite:///{place / CATALOGUE}", warehouse=f"file://{place}"
    )


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """pyiceberg is an extra, and its troubles are many."""
    try:
        yield
    except ModuleNotFoundError as error:
        why, try_ = f"{error.name} is not installed", "pip install 'groundplan[iceberg]'"
        raise _refused(why, try_) from error
    except TargetError:
        raise
    except Exception as error:
        why = f"{folder}: {type(error).__name__}: {str(error).splitlines()[0]}"
        try_ = "check the folder and its free space; a new folder gets all of it anew"
        raise _refused(why, try_) from error


def _refused(why: str, try_: str) -> TargetError:
    return TargetError(part="lake", doing="writing Iceberg tables", why=why, try_=try_)

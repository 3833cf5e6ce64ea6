"""Questions to Parquet files in SQL, by DuckDB, with bounded memory and no extension to load."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.parquet.manifest import Listed
from groundplan.parquet.partition import UNITS

MEMORY = "300MB"
THREADS = 2
BATCH = 2048
_QUESTIONS = frozenset({"SELECT", "EXPLAIN", "DESCRIBE", "SUMMARIZE", "RELATION"})
SCRATCH = ".scratch"  # what does not fit into memory


@contextmanager
def connection(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that sees the files below one folder, and nothing else."""
    with duckdb.connect(":memory:") as database:
        database.execute(f"SET memory_limit='{MEMORY}'")
        database.execute(f"SET threads={THREADS}")
        database.execute("SET enable_progress_bar=false")  # it would stand among the answers
        database.execute(f"SET temp_directory={quoted(str(folder / SCRATCH))}")
        database.execute("SET preserve_insertion_order=false")
        database.execute("SET TimeZone='UTC'")
        database.execute("SET autoinstall_known_extensions=false")
        database.execute("SET autoload_known_extensions=false")
        database.execute(f"SET allowed_directories=[{quoted(str(folder))}]")
        database.execute("SET enable_external_access=false")
        database.execute("SET lock_configuration=true")
        yield database


def scan(folder: Path, files: Sequence[Listed], *, numbered: bool = False) -> str:
    """The FROM of a query over those files; columns that a file lacks are null.

    `numbered` adds file_row_number: the order in which records came in.
    """
    if not files:
        return "(SELECT 1 WHERE false)"
    depths = sorted({file.partition.depth for file in files})
    parts = [
        _read(folder, [file for file in files if file.partition.depth == depth], depth, numbered)
        for depth in depths
    ]
    if len(parts) == 1:
        return parts[0]
    return f"({' UNION ALL BY NAME '.join(f'SELECT * FROM {part}' for part in parts)})"


def _read(folder: Path, files: Sequence[Listed], depth: int, numbered: bool) -> str:
    names = ", ".join(quoted(str(folder / file.path)) for file in files)
    types = ", ".join(f"'{unit}': INT" for unit in UNITS[:depth])
    return (
        f"read_parquet([{names}], union_by_name=true, hive_partitioning=true, "
        f"hive_types={{{types}}}, file_row_number={str(numbered).lower()})"
    )


def rows(
    database: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()
) -> Iterator[pa.RecordBatch]:
    """The answer in small batches; TargetError in the database's words."""
    try:
        yield from database.sql(sql, params=list(values)).to_arrow_reader(BATCH)
    except duckdb.Error as error:
        raise _refused(error) from error


def refuse_deeds(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """TargetError for what is not one question: nobody's typed words change files."""
    try:
        kinds = [statement.type.name for statement in database.extract_statements(sql)]
    except duckdb.Error as error:
        raise _refused(error) from error
    if len(kinds) != 1 or kinds[0] not in _QUESTIONS:
        raise TargetError(
            part="query",
            doing="reading the query",
            why=f"it is {' and '.join(kinds).lower() or 'empty'}, and only one question is taken",
            try_="write one SELECT (or DESCRIBE, EXPLAIN)",
        )


def _refused(error: duckdb.Error) -> TargetError:
    return TargetError(
        part="query",
        doing="asking the files",
        why=str(error).split("\n\n")[0].strip(),
        try_="mend the query; `DESCRIBE` shows the columns of a table",
    )


@contextmanager
def naming_unreadable(folder: Path, files: Sequence[Listed]) -> Iterator[None]:
    """A refusal inside of this names the files that cannot be read, if that is why."""
    try:
        yield
    except (TargetError, duckdb.Error) as error:
        broken = unreadable(folder, files)
        if not broken:
            raise
        rows = sum(file.rows for file in broken)
        raise TargetError(
            part="store",
            doing="reading its files",
            why=f"{len(broken)} of {len(files)} files with {rows:,} rows are gone or broken, the "
            f"first is {folder / broken[0].path}",
            try_="bring them back from a copy; a narrower time or another table can be asked",
        ) from error


def unreadable(folder: Path, files: Sequence[Listed]) -> tuple[Listed, ...]:
    """Files that are gone, cut or no Parquet."""
    return tuple(file for file in files if not _is_readable(folder / file.path))


def quoted(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _is_readable(path: Path) -> bool:
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True

"""`groundplan lake`: rows in, rows found, files merged, moved and let go."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    FORMAT_VERSION,
    Verb,
    Word,
    environment_option,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.table import Row, table
from groundplan.cli.terminal.words import amount, counted, printable
from groundplan.design.lake import buckets, zones
from groundplan.design.promises import promises
from groundplan.errors import TargetError
from groundplan.operations.lake.iceberg import exported
from groundplan.operations.lake.inputs import Form
from groundplan.operations.lake.lake import (
    Input,
    Taken,
    ingest,
    into,
    query,
    retained,
    standings,
    tidy,
)
from groundplan.operations.lake.measure import PROMISE, throughput
from groundplan.operations.lake.place import files_of
from groundplan.operations.lake.tiers import ages
from groundplan.parquet.files import Files
from groundplan.parquet.manifest import NAME
from groundplan.parquet.store import Store
from groundplan.ports.folder import LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence
from groundplan.spec.lake import DataLake, compression_of, depth_of

WAIT_SECONDS = 60.0  # for who writes at the moment
ACTIONS = ("ingest", "query", "compact", "expire", "status", "export")


@click.command(
    "lake",
    cls=Verb,
    examples=(
        ("groundplan lake ingest events events.ndjson", "JSON lines into the table events, once"),
        ("groundplan lake ingest trips trips.csv sales.parquet", "rows of other forms"),
        ("zcat old.gz | groundplan lake ingest events -", "the same from another program"),
        ('groundplan lake query "SELECT kind, count(*) FROM events GROUP BY 1"', "SQL"),
        ('groundplan lake query "SELECT * FROM quarantine.events"', "rows that were bad, and why"),
        ('groundplan lake query "SELECT …" --into daily', "kept as a table of analytics"),
        ("groundplan lake export iceberg tables/", "a copy of typed tables for other engines"),
        ("groundplan lake expire", "move and delete what the lifecycle policies say"),
    ),
)
@click.argument("action", cls=Word, type=click.Choice(ACTIONS), told=", ".join(ACTIONS))
@click.argument(
    "words",
    cls=Word,
    nargs=-1,
    told="ingest: TABLE FILE… (- is stdin). query: SQL over raw.T, T or analytics.T. "
    "export: iceberg DIR.",
)
@click.option(
    "--form",
    type=click.Choice([str(each) for each in Form]),
    help="ingest: what the input is.  [default: by its name, else ndjson]",
)
@click.option("--batch", default="", help="ingest: its name; what came by it comes in no more.")
@click.option("--into", "name", metavar="TABLE", help="query: keep the answer in analytics.")
@click.option(
    "--file",
    type=click.Path(),
    help="The platform file, or the folder it is in.  [default: ./platform.yaml]",
)
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    action: str,
    words: tuple[str, ...],
    *,
    name: str | None,
    form: str | None,
    batch: str,
    file: str | None,
    environment: str | None,
    output: str,
) -> Exit:
    """Put rows into the data lake, ask it, and let it age.

    The raw text and the typed rows go in together, or not at all; an input that is in already comes
    in no second time. Bad rows are kept in quarantine with the reason.
    """
    platform = chosen(session, file, environment)
    if action == "ingest":
        return _ingest(session, platform, words, (form, batch))
    place = _files(platform)
    if place.log is None and not (place.folder / NAME).exists():
        session.screen.note(f"note: nothing is in the lake of {platform} yet")
        return Exit.FINE
    deeds: dict[str, Callable[[], Exit]] = {
        "query": lambda: _query(session, platform, place, (words, name, output)),
        "compact": lambda: _compact(session, platform, place),
        "expire": lambda: _expire(session, platform, place),
        "status": lambda: _status(session, place, output),
        "export": lambda: _export(session, place, words),
    }
    return deeds[action]()


def _ingest(
    session: Session, platform: Chosen, words: tuple[str, ...], how: tuple[str | None, str]
) -> Exit:
    if len(words) < 2 or not words[0].isidentifier():
        raise Mistake(
            "ingest needs a table (letters, digits and _) and files",
            try_="groundplan lake ingest events events.ndjson",
        )
    target, *files = words
    form, batch = how
    if batch and len(files) > 1:
        raise Mistake("--batch names one input", try_="leave it away, or give one file")
    lake, place = _lake(platform), _files(platform)
    with (
        _store(place, lake) as store,
        tempfile.TemporaryDirectory() as scratch,
    ):
        store.sweep()
        for name in files:
            path = _spooled(Path(scratch)) if name == "-" else Path(name)
            given = Input(path=path, form=Form(form) if form else Form.of(path), batch=batch)
            began = time.monotonic()
            try:
                taken = ingest(store, target, given, depth=depth_of(lake), now=datetime.now(UTC))
            except OSError as error:
                raise TargetError(
                    part="lake",
                    doing="reading the input",
                    why=str(error),
                    try_="name a file of rows that can be read",
                ) from error
            session.screen.data(f"{target}: {_told(taken)}")
            _measure(platform, taken, time.monotonic() - began)
    return Exit.FINE


def _told(taken: Taken) -> str:
    told = [f"{counted(taken.rows, 'row')} of {amount(taken.bytes, 'B')}"]
    told += [f"{counted(taken.bad, 'bad row')} in quarantine"] if taken.bad else []
    told += ["the rest was in already"] if taken.known else []
    return ", ".join(told)


def _measure(platform: Chosen, taken: Taken, seconds: float) -> None:
    source = platform.source
    promised = (each for each in promises(source) if each.id == PROMISE) if source else iter(())
    seen = (throughput(each, taken, seconds=seconds, at=time.time()) for each in promised)
    _write(platform, [each for each in seen if each is not None])


def _write(platform: Chosen, seen: Sequence[Evidence]) -> None:
    """Into the ledger of a platform that was built."""
    path = platform.target.folder / LEDGER
    if seen and path.exists():
        with Ledger(path) as ledger:
            ledger.write(*seen)


def _query(
    session: Session,
    platform: Chosen,
    place: Files,
    asked: tuple[tuple[str, ...], str | None, str],
) -> Exit:
    words, name, output = asked
    if len(words) != 1:
        raise Mistake("query needs one text of SQL", try_='groundplan lake query "SELECT …"')
    if name:
        lake = _lake(platform)
        with _store(place, lake) as store:
            count = into(store, name, words[0], depth=depth_of(lake), now=datetime.now(UTC))
        session.screen.data(f"analytics.{name}: {counted(count, 'row')}")
        return Exit.FINE
    has_head = False
    for names, found in query(place, words[0]):
        if session.screen.reader_is_gone:
            break
        if output == "json":
            for row in found:
                session.screen.data(json.dumps(dict(zip(names, row, strict=True)), default=str))
            continue
        rows: list[Row] = [] if has_head else [names]
        rows += [[printable(_shown(value)) for value in row] for row in found]
        session.screen.data(table(rows, session.screen, indent=0))
        has_head = True
    return Exit.FINE


def _compact(session: Session, platform: Chosen, place: Files) -> Exit:
    with _store(place, _lake(platform)) as store:
        store.sweep()
        fewer = store.compact(before=datetime.now(UTC).timestamp())
    session.screen.data(f"{counted(fewer, 'file')} fewer")
    return Exit.FINE


def _expire(session: Session, platform: Chosen, place: Files) -> Exit:
    lake = _lake(platform)
    now = datetime.now(UTC)
    with _store(place, lake) as store:
        done = tidy(store, ages(zones(lake)), now)
        seen = retained(store, zones(lake), done.gone, now)
    _write(platform, seen)
    for line in done.told:
        session.screen.data(line)
    if not done.told:
        session.screen.data("nothing is old enough to move or to go")
    return Exit.FINE


def _export(session: Session, place: Files, words: tuple[str, ...]) -> Exit:
    if len(words) != 2 or words[0] != "iceberg":
        raise Mistake("export needs a form and a folder", try_="groundplan lake export iceberg DIR")
    for each in exported(place, Path(words[1])):
        told = "as it was" if each.rows is None else counted(each.rows, "row")
        session.screen.data(f"{each.name}: {told}")
    return Exit.FINE


def _status(session: Session, place: Files, output: str) -> Exit:
    found = standings(place)
    if output == "json":
        names = ("zone", "table", "tier", "files", "rows", "bytes")
        tables = [{name: getattr(each, name) for name in names} for each in found]
        data = {"format_version": FORMAT_VERSION, "tables": tables}
        session.screen.data(json.dumps(data, indent=1))
        return Exit.FINE
    rows: list[Row] = [("zone", "table", "tier", "files", "rows", "size")]
    rows += [
        (e.zone, e.table, e.tier, f"{e.files:,}", f"{e.rows:,}", amount(e.bytes, "B"))
        for e in found
    ]
    session.screen.data(table(rows, session.screen, indent=0))
    return Exit.FINE


def _lake(platform: Chosen) -> DataLake:
    lake = platform.source.platform.data_lake if platform.source else None
    if lake is None:
        raise Mistake(
            f"the file of {platform} has no data_lake", try_="groundplan explain, or add data_lake:"
        )
    return lake


def _files(platform: Chosen) -> Files:
    found = buckets(platform.source) if platform.source else ()
    return files_of(platform.target.folder, found)


def _store(place: Files, lake: DataLake) -> Store:
    return Store(place, compression=compression_of(lake), wait_seconds=WAIT_SECONDS)


def _spooled(folder: Path) -> Path:
    """What comes on stdin, as a file: its identity is that of all of it."""
    path = folder / "stdin"
    with path.open("wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return path


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)

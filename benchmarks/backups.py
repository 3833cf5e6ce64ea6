"""How fast a database is backed up, restored and proven, beside cp and pg_basebackup in one run."""

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from measured import REPOSITORY, run, table

sys.path.append(str(REPOSITORY / "tests"))

from data_tier import PRIMARY, Tier, tier

from groundplan.design.backups import Archiving, Repository
from groundplan.design.parts import Postgres
from groundplan.ports.archive import Kind, Point
from groundplan.targets.local.backups.archive import LocalArchive
from groundplan.targets.local.backups.copies import LocalCopies
from groundplan.targets.local.parts.postgres_files import REPLICATOR, SECRETS

ROWS = 2_000_000  # about 250 MB with its index
ARCHIVING = Archiving(
    stanza="shop",
    repositories=(Repository(region="north", directory="backups/north/database"),),
    compression="zst",
    timeout_seconds=300,
)


def main() -> None:
    """One database, one run of each: the ratios are what to look at."""
    with tier() as region:
        design = region.machine.design
        parts = tuple(
            replace(part, archiving=ARCHIVING, synchronous=())
            if isinstance(part, Postgres)
            else part
            for part in design.parts
        )
        region.machine = replace(region.machine, design=replace(design, parts=parts))
        region.up(PRIMARY)
        region.sql(PRIMARY, f"CREATE TABLE item AS SELECT n, md5(n::text) x, md5((n+1)::text) y "
                            f"FROM generate_series(1, {ROWS}) n")  # fmt: skip
        region.sql(PRIMARY, "CREATE INDEX ON item (n)")
        _measure(region)


def _measure(region: Tier) -> None:
    archive = LocalArchive(region.machine)
    copies = LocalCopies(archive)
    part = archive.primary()
    data = region.machine.directory(part) / "data"
    size = sum(path.stat().st_size for path in (data / "base").rglob("*") if path.is_file()) / 1e6
    scratch = region.machine.folder / "scratch"
    plain = _seconds(lambda: shutil.copytree(data / "base", scratch))
    shutil.rmtree(scratch)
    base = _seconds(lambda: _basebackup(region, scratch))
    shutil.rmtree(scratch)
    full = _seconds(lambda: archive.back_up("north", Kind.FULL, "benchmark"))
    contents = archive.contents()
    into = str(region.machine.folder / "copy")
    point = Point(backup=archive.backups("north")[0], lsn=contents.lsn, own_timeline=True)
    fetched = copies.fetch(point, into)
    proof = copies.prove(into, contents)
    assert not proof.faults, proof.faults
    read = _seconds(lambda: archive.inspect("north"))

    def row(what: str, seconds: float) -> tuple[str, ...]:
        ratios = (f"{seconds / peer:.1f} x" for peer in (plain, base))
        return (what, f"{seconds:.2f}", f"{size / seconds:.0f}", *ratios)

    rows = (
        row("cp of the files", plain),
        row("pg_basebackup, plain", base),
        row("full backup, zst and AES-256", full),
        row("restore of the files", fetched.seconds),
        row("restore until it can be written to", fetched.seconds + proof.recover_seconds),
        row("proof: rows, hashes, amcheck, checksums", proof.check_seconds),
        row("read every file of the repository", read),
    )
    head = ("what", "seconds", "MB/s", "beside cp", "beside pg_basebackup")
    table(f"backups of {size:.0f} MB: a proof takes {proof.check_seconds / size * 1000:.0f} s a GB",
          head, rows)  # fmt: skip


def _basebackup(region: Tier, into: Path) -> None:
    """As a replica would do it."""
    part = region.part(PRIMARY)
    assert isinstance(part, Postgres)
    program = f"/usr/lib/postgresql/{part.version}/bin/pg_basebackup"
    words = [program, "-h", part.address, "-U", REPLICATOR, "-D", str(into), "-c", "fast"]
    run(words, environment={"PGPASSWORD": region.machine.secret(SECRETS[REPLICATOR])})


def _seconds(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


if __name__ == "__main__":
    main()

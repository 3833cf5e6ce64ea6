"""Seconds until writes are acknowledged again, beside Patroni tuned as far as it goes.

    python benchmarks/patroni.py [--rounds N] [--folder DIR]

The same writers and the same losses on the same machine, one system after the other. Patroni and
etcd are fetched into a folder (a new one, unless it is named); they are no part of groundplan.
"""

import argparse
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from measured import REPOSITORY, table

sys.path.insert(0, str(REPOSITORY / "tests"))

from patroni_cluster import Cluster, install
from stories.vault import PER_SECOND, Vault, vault_up
from stories.writers import Writers

SECONDS_MAX = 120.0
LOSSES = ("kill -9 of PostgreSQL", "kill -9 of the whole server", "SIGSTOP of PostgreSQL")


class System(Protocol):
    """What is common to both."""

    def dsn(self) -> str: ...
    def lose(self, how: str) -> None: ...
    def mend(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ours:
    """The vault of the stories: a primary with its standby, and a replica in another region."""

    vault: Vault

    def dsn(self) -> str:
        return self.vault.dsn()

    def lose(self, how: str) -> None:
        match how:
            case "kill -9 of PostgreSQL":
                self.vault.strike(self.vault.primary(), signal.SIGKILL)
            case "SIGSTOP of PostgreSQL":
                self.vault.strike(self.vault.primary(), signal.SIGSTOP)
            case _:
                self.vault.lose(self.vault.primary())

    def mend(self) -> None:
        _until(self.vault.is_whole, "all is whole")


@dataclass(frozen=True, slots=True)
class Theirs:
    """Three servers with Patroni; when a server is killed, so is its Patroni."""

    cluster: Cluster

    def dsn(self) -> str:
        return self.cluster.dsn()

    def lose(self, how: str) -> None:
        match how:
            case "kill -9 of PostgreSQL":
                self.cluster.strike(self.cluster.primary(), signal.SIGKILL)
            case "SIGSTOP of PostgreSQL":
                self.cluster.strike(self.cluster.primary(), signal.SIGSTOP)
            case _:
                self.cluster.lose(self.cluster.primary())

    def mend(self) -> None:
        self.cluster.mend()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One loss: seconds without an acknowledged write, and acknowledged writes that are gone."""

    seconds: float
    acknowledged: int
    lost: int


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keeps Patroni and etcd")
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    scratch.chmod(0o755)
    programs = given.folder or scratch
    programs.mkdir(exist_ok=True)
    install(programs)
    try:
        with vault_up() as vault:
            ours = {how: _rounds(Ours(vault), how, given.rounds) for how in LOSSES}
        (scratch / "cluster").mkdir()
        with Cluster(programs, scratch / "cluster") as cluster:
            theirs = {how: _rounds(Theirs(cluster), how, given.rounds) for how in LOSSES}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    head = ("what", "rounds", "groundplan: min, median, max", "lost",
            "Patroni 4 tuned: min, median, max", "lost", "ratio of medians")  # fmt: skip
    rows = [_row(how, ours[how], theirs[how]) for how in LOSSES]
    table(f"writes acknowledged again, under {PER_SECOND} writes/s", head, rows)


def _rounds(system: System, how: str, number: int) -> list[Round]:
    found = [_round(system, how) for _ in range(number)]
    words = ", ".join(f"{each.seconds:.2f}" for each in found)
    print(f"{type(system).__name__}: {how}: {words} s", flush=True)
    return found


def _round(system: System, how: str) -> Round:
    system.mend()
    writers = Writers(dsn=system.dsn(), per_second=PER_SECOND).start()
    _until(lambda: len(writers.acknowledged) > PER_SECOND, "writes are acknowledged")
    moment = time.monotonic()
    system.lose(how)
    _until(lambda: _is_served(writers, moment), "writes are acknowledged again")
    writers.stop()
    silence = writers.silence_after(moment)
    assert silence is not None
    system.mend()
    return Round(seconds=silence, acknowledged=len(writers.acknowledged), lost=len(writers.lost()))


def _is_served(writers: Writers, moment: float) -> bool:
    """Something like a second of writes since they paused for longer than a hiccup."""
    gap = writers.gap_after(moment)
    if gap is None or time.monotonic() - moment < 8 or gap[1] - gap[0] < 0.3:
        return False
    return sum(at > gap[1] for at in list(writers.acknowledged.values())) > PER_SECOND


def _until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not is_true():
        assert time.monotonic() < deadline, f"after {SECONDS_MAX:g} s still not: {what}"
        time.sleep(0.2)


def _row(how: str, ours: list[Round], theirs: list[Round]) -> tuple[str, ...]:
    middles = [statistics.median(each.seconds for each in side) for side in (ours, theirs)]
    return (
        how,
        str(len(ours)),
        _spread(ours),
        str(sum(each.lost for each in ours)),
        _spread(theirs),
        str(sum(each.lost for each in theirs)),
        f"{middles[1] / middles[0]:.1f} x",
    )


def _spread(rounds: list[Round]) -> str:
    seconds = [each.seconds for each in rounds]
    return f"{min(seconds):.2f}, {statistics.median(seconds):.2f}, {max(seconds):.2f} s"


if __name__ == "__main__":
    main()

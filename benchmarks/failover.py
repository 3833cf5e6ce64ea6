"""Seconds until writes are acknowledged again after the primary or its region is lost.

    python benchmarks/failover.py [--killed N] [--hung N] [--region N] [--cut N]

So many rounds of each, none of what is not named, a few of all when nothing is. The databases of a
small platform with a service in both regions, under 600 writes/s with idempotency keys at the
database; beside them somebody reads and writes through the edge. The region is left after the two
seconds that the file says; they are part of the figure. A cut needs root and nft.
"""

import argparse
import os
import shutil
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from measured import REPOSITORY, table

sys.path.insert(0, str(REPOSITORY / "tests"))

from edge_users import EdgeUsers
from stories.vault import FILE, HOME, PARTNER, THREE, Vault, cut_off, vault_up
from stories.writers import Writers

DEFAULTS = {"killed": 4, "hung": 4, "region": 2, "cut": 1}
BLOCK = "127.34.0.0/16"  # the addresses of HOME
SETTLE_SECONDS = 120.0
SERVICE = """\
services:
  mvlbim-api:
    port: 8080
    replicas: 1
    command: python -m mvlbim_api
    directory: api
    migrate: python -m mvlbim_api migrate
    version: "1"
    health: {live: /healthz, ready: /readyz}
    env: {HOST: "{address}", PORT: "{port}", REGION: "{region}", SERVICE_VERSION: "{version}"}
"""
LAG = """SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float
FROM pg_stat_replication WHERE application_name LIKE '{}%'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one loss cost: seconds at the database and at the edge, writes; the lag before it."""

    seconds: float
    edge_seconds: float
    acknowledged: int
    lost: int
    rpo_seconds: float
    lag_seconds: float = 0.0


def main() -> None:
    """Prints one table; ends with 1 when a confirmed write of a region was lost in it."""
    rounds = _asked()
    api = REPOSITORY / "examples" / "mvlbim" / "api"
    with vault_up(FILE + SERVICE, beside={"api": api}) as vault:
        rows = [
            *_row("kill -9 of the primary", _times(rounds.killed, vault, _killed)),
            *_row("SIGSTOP of the primary", _times(rounds.hung, vault, _hung)),
            *_regions(vault, "killed", rounds.region),
            *_regions(vault, "cut off", rounds.cut),
        ]
    head = ("what", "rounds", "database: min, median, max", "edge: min, median, max",
            "acknowledged", "lost", "oldest lost", "lag before")  # fmt: skip
    table("writes acknowledged again, under 600 writes/s", head, rows)
    sys.exit(any(row[5] != "0" for row in rows if not row[0].startswith("its region")))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in DEFAULTS:
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N")
    given = parser.parse_args()
    if not any(vars(given).values()):
        parser.set_defaults(**DEFAULTS)
        given = parser.parse_args()
    if given.cut and (os.geteuid() != 0 or shutil.which("nft") is None):
        print("a region cannot be cut off here: that needs root and nft", file=sys.stderr)
        given.cut = 0
    return given


def _times(number: int, vault: Vault, do: Callable[[Vault], Round]) -> list[Round]:
    return [do(vault) for _ in range(number)]


def _killed(vault: Vault) -> Round:
    return _struck(vault, signal.SIGKILL)


def _hung(vault: Vault) -> Round:
    return _struck(vault, signal.SIGSTOP)


def _struck(vault: Vault, number: signal.Signals) -> Round:
    def lose() -> None:
        vault.strike(vault.primary(), number)

    def again() -> bool:
        return time.monotonic() > began + 7

    with _loss(vault) as loss:
        began = time.monotonic()
        loss.measure(lose, until=again)
    return loss.round()


def _regions(vault: Vault, how: str, rounds: int) -> list[tuple[str, ...]]:
    away: list[Round] = []
    back: list[Round] = []
    for _ in range(rounds):
        away.append(_lost(vault, is_cut=how == "cut off"))
        assert vault.groundplan("up").code == 0
        with _loss(vault) as loss:
            loss.measure(lambda: _home(vault), until=lambda: True)
        back.append(loss.round(is_planned=True))
    return [*_row(f"its region is {how}", away), *_row("switchover back: the pause", back)]


def _lost(vault: Vault, *, is_cut: bool) -> Round:
    with _loss(vault) as loss, cut_off(BLOCK) if is_cut else nullcontext():
        loss.measure(
            lambda: None if is_cut else vault.lose(HOME), until=lambda: vault.primary() == THREE
        )
    return loss.round()


def _home(vault: Vault) -> None:
    told = vault.groundplan("switchover", HOME)
    assert told.code == 0, told.err


class Loss:
    """Users of the database and of the edge while something is lost."""

    def __init__(self, vault: Vault, writers: Writers, users: EdgeUsers) -> None:
        self._vault, self._writers, self._users = vault, writers, users
        self._moment = 0.0
        self._lag = 0.0

    def measure(self, lose: Callable[[], None], *, until: Callable[[], bool]) -> None:
        """Counts from just before; goes on for a while after both are served again."""
        partner = PARTNER.replace("-", "_")
        primary = self._vault.primary()
        looks = (self._vault.asked(primary, LAG.format(partner)) for _ in range(5))
        self._lag = max(float(str(look)) for look in looks)
        time.sleep(os.getpid() % 7 / 14)  # not always in the same phase of the watch
        self._moment = time.monotonic()
        lose()
        _until(until, "somebody else has the primary")
        since = time.monotonic()
        said = self._writers.acknowledged
        _until(lambda: max(said.values()) > since, "writes are acknowledged again")
        _until(lambda: self._users.is_calm(2.0), "the edge serves again")
        time.sleep(2)

    def round(self, *, is_planned: bool = False) -> Round:
        """What it cost, from the moment of the loss; of what is planned, the pause alone. To be
        asked once nobody writes any more."""
        gap = self._writers.gap_after(self._moment)
        assert gap is not None, "no write was acknowledged again"
        self._moment = gap[0] if is_planned else self._moment
        silence = gap[1] - self._moment
        lost = self._writers.lost()
        ages = [self._moment - self._writers.acknowledged[key] for key in lost]
        print(f"  {silence:.2f} s, {len(lost)} lost", flush=True)
        return Round(
            seconds=silence,
            edge_seconds=self._users.served_again_after(self._moment),
            acknowledged=len(self._writers.acknowledged),
            lost=len(lost),
            rpo_seconds=max((0.0, *ages)),
            lag_seconds=self._lag,
        )


@contextmanager
def _loss(vault: Vault) -> Iterator[Loss]:
    _until(vault.is_whole, "all is whole")
    with EdgeUsers(vault.entry) as users:
        _until(lambda: users.is_calm(1.0), "the edge serves")
        with vault.written() as writers:
            yield Loss(vault, writers, users)


def _until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"after {SETTLE_SECONDS:g} s still not: {what}"
        time.sleep(0.1)


def _row(what: str, rounds: list[Round]) -> list[tuple[str, ...]]:
    if not rounds:
        return []
    seconds = [each.seconds for each in rounds]
    print(f"{what}: {', '.join(f'{each:.2f}' for each in seconds)} s", flush=True)
    return [
        (
            what,
            str(len(rounds)),
            _spread(seconds),
            _spread([each.edge_seconds for each in rounds]),
            f"{sum(each.acknowledged for each in rounds):,}",
            str(sum(each.lost for each in rounds)),
            f"{max(each.rpo_seconds for each in rounds) * 1000:.0f} ms",
            f"{max(each.lag_seconds for each in rounds) * 1000:.1f} ms",
        )
    ]


def _spread(seconds: list[float]) -> str:
    return f"{min(seconds):.2f}, {statistics.median(seconds):.2f}, {max(seconds):.2f} s"


if __name__ == "__main__":
    main()

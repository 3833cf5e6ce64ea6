"""Seconds until writes are acknowledged again after the primary or its region is lost.

    python benchmarks/failover.py [ROUNDS] [REGION_ROUNDS]

Runs the databases of a small platform with its agent, under 600 writes/s with idempotency keys.
"""

import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from measured import REPOSITORY, table

sys.path.insert(0, str(REPOSITORY / "tests"))

from stories.test_failover import FILE, HOME, PARTNER, THREE, Vault
from stories.writers import Writers

ROUNDS, REGION_ROUNDS = 20, 10
SETTLE_SECONDS = 90.0


def main() -> None:
    """Prints one table; ends with 1 when a confirmed write of a region was lost in it."""
    given = dict(enumerate(int(word) for word in sys.argv[1:]))
    rounds, region_rounds = given.get(0, ROUNDS), given.get(1, REGION_ROUNDS)
    root = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    root.chmod(0o755)
    (root / "platform.yaml").write_text(FILE)
    vault = Vault(file=root / "platform.yaml", home=root / "home", entry="127.0.0.1:18095")
    try:
        told = vault.groundplan("up")
        assert told.code == 0, told.err
        rows = [
            _row("kill -9 of the primary", [_server(vault, signal.SIGKILL) for _ in range(rounds)]),
            _row("SIGSTOP of the primary", [_server(vault, signal.SIGSTOP) for _ in range(rounds)]),
            *_regions(vault, region_rounds),
        ]
    finally:
        vault.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)
    table(
        "writes acknowledged again, under 600 writes/s",
        ("what", "rounds", "min", "median", "max", "acknowledged", "lost"),
        rows,
    )
    sys.exit(any(row[-1] != "0" for row in rows if not row[0].startswith("the region is lost")))


Round = tuple[float, int, int]  # seconds, acknowledged, lost


def _server(vault: Vault, number: signal.Signals) -> Round:
    _settled(vault)
    with vault.written() as writers:
        time.sleep(os.getpid() % 7 / 14)  # not always in the same phase of the watch
        moment = time.monotonic()
        vault.strike(vault.primary(), number)
        time.sleep(7)
    return _round(writers, moment)


def _regions(vault: Vault, rounds: int) -> list[tuple[str, ...]]:
    away: list[Round] = []
    back: list[Round] = []
    for _ in range(rounds):
        _settled(vault)
        with vault.written() as writers:
            moment = time.monotonic()
            vault.lose(HOME)
            _until(lambda: vault.primary() == THREE, f"{PARTNER} has the primary")
            time.sleep(4)
        away.append(_round(writers, moment))
        assert vault.groundplan("up").code == 0
        _settled(vault)
        with vault.written() as writers:
            moment = time.monotonic()
            told = vault.groundplan("switchover", HOME)
            assert told.code == 0, told.err
            time.sleep(2)
        back.append(_round(writers, moment))
    if not rounds:
        return []
    return [
        _row("the region is lost (2 s of it: the file's `after`)", away),
        _row("switchover back", back),
    ]


def _round(writers: Writers, moment: float) -> Round:
    silence = writers.silence_after(moment)
    assert silence is not None, "no write was acknowledged again"
    return silence, len(writers.acknowledged), len(writers.lost())


def _settled(vault: Vault) -> None:
    _until(vault.is_whole, "all is whole")


def _until(is_true, what: str) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + SETTLE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"after {SETTLE_SECONDS:g} s still not: {what}"
        time.sleep(0.1)


def _row(what: str, rounds: list[Round]) -> tuple[str, ...]:
    seconds = [round_[0] for round_ in rounds]
    print(f"{what}: {', '.join(f'{each:.2f}' for each in seconds)} s", flush=True)
    return (
        what,
        str(len(rounds)),
        f"{min(seconds):.2f} s",
        f"{statistics.median(seconds):.2f} s",
        f"{max(seconds):.2f} s",
        str(sum(round_[1] for round_ in rounds)),
        str(sum(round_[2] for round_ in rounds)),
    )


if __name__ == "__main__":
    main()

"""The collector sends logs elsewhere, too: nothing waits for a sink, and a kill loses nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cli.doubles import DESIGN
from operations.observe.logs.samples import CLASSES
from operations.observe.sinks.receivers import receiving

from groundplan.design.design import Design
from groundplan.design.log_sink import LogSink, SinkForm
from groundplan.design.parts import Collector, Lake
from groundplan.errors import TargetError
from groundplan.operations.observe.sinks.standing import SinkStanding, read
from groundplan.parquet.manifest import Manifest
from groundplan.ports.folder import DESIGN as DESIGN_FILE
from groundplan.ports.folder import SECRETS
from groundplan.ports.records import COLLECTOR, logs_of, spool_of

SINK = LogSink(
    name="elasticsearch",
    form=SinkForm.ELASTICSEARCH,
    secret="logs-elasticsearch",
    classes=("application",),
)
PART = Collector(
    name="global/collector", site="global", address="", classes=CLASSES, hot_hours=6, sinks=(SINK,)
)


def written(folder: Path, url: str, *, design: Design = DESIGN) -> Path:
    """A folder with a design, a secret, and the output of one part."""
    parts = (*design.parts, PART)
    (folder / DESIGN_FILE).write_bytes(replace(design, parts=parts).to_json())
    (folder / SECRETS).mkdir()
    (folder / SECRETS / SINK.secret).write_text(f"{url}\n")
    output = folder / "logs" / "north" / "gateway.log"
    output.parent.mkdir(parents=True)
    output.touch()
    return output


def add(output: Path, first: int, count: int) -> None:
    with output.open("ab") as stream:
        stream.writelines(b'{"message":"n%d"}\n' % n for n in range(first, first + count))


@contextmanager
def collecting(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = (sys.executable, "-m", "groundplan.agent.keepers.collector", str(folder))
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def within(seconds: float, is_so: Callable[[], bool], why: str) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, why
        time.sleep(0.02)


@pytest.mark.stories
@pytest.mark.faults
def test_a_killed_collector_sends_every_line_at_least_once(tmp_path: Path) -> None:
    lines = 30_000
    with receiving() as receiver:
        output = written(tmp_path, receiver.url)
        for turn in range(6):
            add(output, turn * 5000, 5000)
            before = len(receiver.kept)
            with collecting(tmp_path) as process:
                # Somewhere in the middle of reading or sending, and not always at one place.
                enough = before + 700 * turn
                within(30, lambda: len(receiver.kept) > enough, "nothing comes")  # noqa: B023
                os.kill(process.pid, signal.SIGKILL)
        with collecting(tmp_path):
            within(30, lambda: len(receiver.kept) >= lines, f"{len(receiver.kept)} came")
            time.sleep(0.5)
    messages = [each["message"] for each in receiver.kept.values()]
    assert sorted(messages) == sorted(f"n{n}" for n in range(lines)), "by its id each is there once"
    assert set(receiver.came) == set(receiver.kept)


@pytest.mark.stories
def test_a_sink_that_is_away_blocks_nothing_and_is_told_of(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.mood = lambda path, body: (503, b"")
        output = written(tmp_path, receiver.url)
        with collecting(tmp_path):
            for turn in range(3):
                add(output, turn * 100, 100)
                within(20, lambda: kept(tmp_path) >= turn * 100 + 99, "the store waits")  # noqa: B023
            path = spool_of(tmp_path, SINK.name)
            within(20, lambda: any(path.glob("*.parquet")), "nothing waits")
            for waiting in path.glob("*.parquet"):
                os.utime(waiting, (time.time() - 600, time.time() - 600))
            within(30, lambda: "min" in told(tmp_path), "nobody says so")
            said = json.loads((tmp_path / COLLECTOR).read_text())
            assert said["troubles"] == {}, "a sink that is away is no trouble of the collector's"
            assert "it answers 503" in told(tmp_path)
            receiver.mood = None
            within(40, lambda: len(receiver.kept) >= 299, "it is not tried again")


def kept(folder: Path) -> int:
    try:
        with Manifest(logs_of(folder), read_only=True) as manifest:
            return sum(file.rows for file in manifest.files())
    except TargetError:  # it is just made
        return 0


def told(folder: Path) -> str:
    return "".join(each.sentence for each in read(folder / COLLECTOR))


@pytest.mark.stories
def test_who_is_not_named_any_more_leaves_nothing(tmp_path: Path) -> None:
    lake = Lake(
        name="global/lake",
        site="global",
        address="127.64.9.2",
        depth=3,
        compression="snappy",
        zones=(),
        told_by=(),
    )
    with receiving() as receiver:
        receiver.mood = lambda path, body: (503, b"")
        add(
            written(tmp_path, receiver.url, design=replace(DESIGN, parts=(*DESIGN.parts, lake))),
            0,
            10,
        )
        with collecting(tmp_path):
            for name in ("lake", SINK.name):
                path = spool_of(tmp_path, name)
                within(20, lambda: any(path.glob("*.parquet")), "nothing waits")  # noqa: B023
        (tmp_path / SECRETS / SINK.secret).unlink()
        with collecting(tmp_path):
            within(20, lambda: not spool_of(tmp_path, SINK.name).exists(), "it is still there")
        assert spool_of(tmp_path, "lake").exists()


@pytest.mark.parametrize(
    ("behind", "trouble", "says"),
    [
        (59, "it answers 503", ""),
        (600, "", "5 records wait (0.0 MB), the oldest for 10 min; 7 were dropped"),
        (600, "it answers 503", "no more are kept for it; it answers 503"),
    ],
)
def test_a_sink_is_behind_when_its_oldest_waits_long(
    behind: float, trouble: str, says: str
) -> None:
    standing = SinkStanding(
        name="x",
        sent=1,
        waiting=5,
        refused=0,
        dropped=7,
        bytes=10,
        behind_seconds=behind,
        trouble=trouble,
    )
    assert says in standing.sentence
    assert bool(says) == bool(standing.sentence)

"""The ledger keeps what it was given, whatever happens to the writer."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.errors import TargetError
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict
from tests.promise.samples import PROMISE, evidence

pytestmark = pytest.mark.timeout(60)
HOUR = 3600

any_evidence = st.builds(
    Evidence,
    promise=st.sampled_from(["a", "b"]),
    kind=st.sampled_from(EvidenceKind),
    verdict=st.sampled_from(Verdict),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    at=st.integers(min_value=0, max_value=4 * HOUR).map(float),
    how=st.text(max_size=20).filter(lambda text: "\0" not in text),
    because=st.sampled_from(["", "it's 'quoted'; --", "ünïcode ≤ 5"]),
    samples=st.integers(min_value=0, max_value=2**40),
    lasts_seconds=st.none() | st.just(30.0),
)
SAMPLE = replace(evidence(Verdict.KEPT), lasts_seconds=30.0)


def fresh(path: Path) -> Ledger:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return Ledger(path)


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    memory = Path("/dev/shm")  # hundreds of files that are synchronised: not on a busy disk
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder) / "ledger.sqlite"


@given(written=st.lists(any_evidence, max_size=12))
def test_history_is_what_was_written_in_the_order_of_time(
    file: Path, written: list[Evidence]
) -> None:
    with fresh(file) as ledger:
        for one in written:
            ledger.write(one)
        for promise in ("a", "b"):
            mine = sorted((e for e in written if e.promise == promise), key=lambda e: e.at)
            assert list(ledger.history(promise)) == mine
            later = [e for e in mine if e.at >= HOUR]
            assert list(ledger.history(promise, since=HOUR)) == later


@given(written=st.lists(any_evidence, max_size=12))
def test_latest_is_what_was_written_last_of_its_kind(file: Path, written: list[Evidence]) -> None:
    with fresh(file) as ledger:
        ledger.write(*written)
        for kind in EvidenceKind:
            mine = [e for e in written if (e.promise, e.kind) == ("a", kind)]
            assert ledger.latest("a", kind) == (mine[-1] if mine else None)


@given(written=st.lists(any_evidence, max_size=25))
def test_pruning_changes_no_row_and_hides_no_breach(file: Path, written: list[Evidence]) -> None:
    def breaches(ledger: Ledger) -> set[tuple[str, int]]:
        everything = ledger.history("a") + ledger.history("b")
        broken = [e for e in everything if e.verdict is Verdict.BROKEN]
        return {(e.promise, int(e.at // HOUR)) for e in broken}

    def newest(ledger: Ledger) -> list[Evidence | None]:
        return [ledger.latest(p, kind) for p in ("a", "b") for kind in EvidenceKind]

    with fresh(file) as ledger:
        ledger.write(*written)
        before = (breaches(ledger), newest(ledger))
        ledger.prune(evidence_before=5 * HOUR, tallies_before=0)
        assert (breaches(ledger), newest(ledger)) == before
        left = ledger.history("a")
        ledger.prune(evidence_before=5 * HOUR, tallies_before=0)
        assert ledger.history("a") == left


def test_pruning_leaves_one_sample_an_hour_and_every_drill(tmp_path: Path) -> None:
    drill = evidence(Verdict.KEPT)
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.write(*(replace(SAMPLE, at=float(at)) for at in range(0, 3 * HOUR, 60)))
        ledger.write(*(replace(drill, at=float(at)) for at in range(0, HOUR, 600)))
        ledger.prune(evidence_before=2 * HOUR + 5, tallies_before=0)
        samples = [e.at for e in ledger.history(SAMPLE.promise) if e.lasts_seconds]
        drills = [e.at for e in ledger.history(SAMPLE.promise) if not e.lasts_seconds]
    assert samples == [HOUR - 60, *range(2 * HOUR - 60, 3 * HOUR, 60)]
    assert drills == [*range(0, HOUR, 600)]


def test_tallies_add_up_over_their_window(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        for at in range(10):
            ledger.count("edge", at=float(at), good=int(at != 7), total=2)
        ledger.count("other", at=9.0, good=1, total=1)
        assert ledger.counted("edge", since=5.0) == (4, 10)
        ledger.prune(evidence_before=0, tallies_before=6.0)
        assert ledger.counted("edge", since=0.0) == (3, 8)
        assert ledger.counted("nothing", since=0.0) == (0, 0)


def test_every_promise_has_a_row_and_nothing_measured_is_unknown(tmp_path: Path) -> None:
    never = replace(PROMISE, id="kpis.performance.page_load_time")
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.write(evidence(Verdict.KEPT))
        rows = ledger.current((PROMISE, never), now=1000)
    assert [row.promise for row in rows] == [PROMISE, never]
    assert [row.verdict for row in rows] == [Verdict.KEPT, Verdict.UNKNOWN]
    assert rows[1].measured is None


def test_evidence_cannot_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger.write(evidence(Verdict.BROKEN))
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute("UPDATE evidence SET verdict = 'kept'")
    connection.close()


def test_readers_see_what_a_writer_has_written_while_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as writer, Ledger(path, read_only=True) as reader:
        for number in range(50):
            writer.write(replace(SAMPLE, at=float(number)))
            assert len(reader.history(SAMPLE.promise)) == number + 1
        with pytest.raises(TargetError) as refused:
            reader.write(SAMPLE)
    assert "readonly" in refused.value.why


_WRITER = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict
ledger, number = Ledger(Path(sys.argv[1])), 0
while True:
    ledger.write(*(Evidence(promise=p, kind=EvidenceKind.MEASURED, verdict=Verdict.KEPT, value=1.0,
                            at=float(number), how="x" * 500) for p in "ab"))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 40, 150])
def test_a_writer_killed_in_the_middle_loses_nothing_it_had_written(
    tmp_path: Path, after: int
) -> None:
    path = tmp_path / "ledger"
    command = [sys.executable, "-c", _WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(after)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout]
    with Ledger(path, read_only=True) as ledger:
        first, second = ledger.history("a"), ledger.history("b")
    assert [e.at for e in first][: len(acknowledged)] == acknowledged
    assert len(first) == len(second)  # one `write` is there whole or not at all
    assert len(first) <= len(acknowledged) + 1


def test_two_writers_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    command = [sys.executable, "-c", _WRITER.replace("while True", "while number < 100"), str(path)]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [writer.wait(timeout=30) for writer in writers] == [0, 0]
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger.history("a")) == 200


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE album (title TEXT)")
    connection.close()


def newer(path: Path) -> None:
    Ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def corrupt(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.write(*(replace(SAMPLE, how="x" * 900) for _ in range(50)))
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xa5" * (size - 4096))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_bytes(b"GIF89a" * 1000), "file is not a database"),
        (foreign, "an SQLite file of another program"),
        (newer, "a newer groundplan wrote it (format 99)"),
        (corrupt, "malformed"),
    ],
)
def test_a_file_that_is_no_ledger_is_named_with_what_to_try(
    tmp_path: Path, spoil: object, says: str
) -> None:
    path = tmp_path / "ledger"
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(TargetError) as refused, Ledger(path) as ledger:
        ledger.write(SAMPLE)
    assert says in refused.value.why
    assert f"mv {path} " in refused.value.try_
    assert not refused.value.retry
    assert path.read_bytes() == before


def test_a_ledger_that_cannot_be_reached_may_be_tried_again(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "ledger", tmp_path):
        with pytest.raises(TargetError) as refused:
            Ledger(path)
        assert refused.value.retry
    with pytest.raises(TargetError):
        Ledger(tmp_path / "absent", read_only=True)
    assert not (tmp_path / "absent").exists()


def test_a_full_disk_is_told_and_the_ledger_goes_on_after_it(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.write(SAMPLE)
        ledger._file._connection.execute("PRAGMA max_page_count = 12")  # what a full disk answers
        with pytest.raises(TargetError) as refused:
            ledger.write(*(replace(SAMPLE, how=f"{n}" * 400) for n in range(200)))
        assert refused.value.try_ == "free some space on its disk"
        ledger._file._connection.execute("PRAGMA max_page_count = 4294967294")
        ledger.write(SAMPLE)
        assert len(ledger.history(SAMPLE.promise)) == 2


def test_a_ledger_that_another_process_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger._file._connection.execute("PRAGMA busy_timeout = 50")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(TargetError) as refused:
            ledger.write(SAMPLE)
        assert "another process holds it" in refused.value.try_
        holder.execute("ROLLBACK")
        holder.close()
        ledger.write(SAMPLE)

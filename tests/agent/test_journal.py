"""The journal of a platform: whatever is done to its file is found and named."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from groundplan.agent.journal import START, Entry, Event, JournalFile
from groundplan.errors import TargetError


def entry(number: int, event: Event = Event.BEGAN) -> Entry:
    return Entry(
        at=1000.5 + number, operation=f"walk-{number}", event=event, what="walk {}", who="Zoë"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with JournalFile(tmp_path) as journal:
        for number in range(1, 7):
            journal.append(entry(number))
    return tmp_path


def edited(folder: Path, *statements: str) -> tuple[str, ...]:
    """What verification finds after somebody has been at the file."""
    connection = sqlite3.connect(folder / "journal.sqlite")
    for trigger in ("changed", "deleted"):
        connection.execute(f"DROP TRIGGER entries_are_never_{trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return problems(folder)


def problems(folder: Path) -> tuple[str, ...]:
    with JournalFile(folder, read_only=True) as journal:
        return journal.verify().problems


def test_what_is_written_can_be_read_and_is_whole(folder: Path) -> None:
    with JournalFile(folder, read_only=True) as journal:
        newest = journal.newest(2)
        verified = journal.verify()
    assert [each.number for each in newest] == [5, 6]
    assert newest[-1].entry == entry(6)
    assert (verified.entries, verified.head, verified.problems) == (6, newest[-1].hash, ())


def test_the_hash_is_one_that_others_can_compute(folder: Path) -> None:
    script = (
        "import hashlib, sqlite3, sys\n"
        "h = '0' * 64\n"
        "for text, in sqlite3.connect(sys.argv[1]).execute('SELECT text FROM entry ORDER BY 1'):\n"
        "    h = hashlib.sha256((h + '\\n' + text).encode()).hexdigest()\n"
        "print(h)"
    )
    command = [sys.executable, "-c", script, str(folder / "journal.sqlite")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with JournalFile(folder, read_only=True) as journal:
        assert journal.verify().head == told


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    with JournalFile(tmp_path) as journal:
        assert (journal.newest(5), journal.verify().head) == ((), START)
        assert journal.verify().problems == ()


def test_the_file_refuses_to_be_changed(folder: Path) -> None:
    connection = sqlite3.connect(folder / "journal.sqlite")
    for statement in ("DELETE FROM entry", "UPDATE entry SET text = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entry SET text = replace(text, 'Zoë', 'Eve') WHERE number = 3", "entry 3 is not"),
        ("UPDATE entry SET text = 'gone' WHERE number = 6", "entry 6 is not"),
        ("DELETE FROM entry WHERE number = 3", "entry 3 is gone"),
        ("DELETE FROM entry WHERE number IN (2, 3, 4)", "entry 2 to 4 is gone"),
        ("DELETE FROM entry WHERE number = 1", "entry 1 is gone"),
        ("DELETE FROM entry WHERE number > 4", "the end is cut off: journal.head knows of entry 6"),
        ("DELETE FROM entry", "the end is cut off"),
        ("UPDATE entry SET hash = hash || 'f' WHERE number = 6", "entry 6 is not"),
        ("INSERT INTO entry VALUES (7, '{}', 'made up')", "entry 7 is not"),
    ],
)
def test_what_was_changed_is_named(folder: Path, statement: str, found: str) -> None:
    told = edited(folder, statement)
    assert told[0].startswith(found), told


def test_entries_that_changed_places_are_named(folder: Path) -> None:
    told = edited(
        folder,
        "UPDATE entry SET number = 70 WHERE number = 2",
        "UPDATE entry SET number = 2 WHERE number = 4",
        "UPDATE entry SET number = 4 WHERE number = 70",
    )
    assert {int(problem.split()[1]) for problem in told} >= {2, 4}


def test_a_chain_that_was_written_anew_differs_from_its_head(folder: Path) -> None:
    head = (folder / "journal.head").read_text()
    (folder / "journal.sqlite").unlink()
    with JournalFile(folder) as journal:
        for number in range(1, 8):
            journal.append(entry(number, Event.ENDED))
    (folder / "journal.head").write_text(head)
    assert "was written anew" in problems(folder)[0]


def test_a_head_that_is_behind_or_missing_is_no_problem(folder: Path) -> None:
    with JournalFile(folder) as journal:
        (folder / "journal.head").write_text(f"2 {journal.newest(5)[0].hash}")
    assert problems(folder) == ()
    (folder / "journal.head").unlink()
    assert problems(folder) == ()


def test_an_entry_that_cannot_be_read_does_not_hide_the_others(folder: Path) -> None:
    edited(folder, "UPDATE entry SET text = 'x' WHERE number = 5")
    with JournalFile(folder, read_only=True) as journal:
        assert [each.number for each in journal.newest(3)] == [4, 6]


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    def write(number: int) -> None:
        with JournalFile(tmp_path) as journal:
            for _ in range(5):
                journal.append(entry(number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with JournalFile(tmp_path, read_only=True) as journal:
        verified = journal.verify()
    assert (verified.entries, verified.problems) == (40, ())


def test_an_event_is_found(folder: Path) -> None:
    with JournalFile(folder, read_only=True) as journal:
        assert journal.has("walk-3", Event.BEGAN)
        assert not journal.has("walk-3", Event.ENDED)
        assert not journal.has("walk-33", Event.BEGAN)


def not_a_database(folder: Path) -> None:
    (folder / "journal.sqlite").write_bytes(b"GIF89a" * 500)


def of_another(folder: Path) -> None:
    connection = sqlite3.connect(folder / "journal.sqlite")
    connection.execute("CREATE TABLE t (a)")
    connection.close()


def a_folder(folder: Path) -> None:
    (folder / "journal.sqlite").mkdir()


@pytest.mark.parametrize("make", [not_a_database, of_another, a_folder])
def test_another_file_in_its_place_is_refused_in_words(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    with pytest.raises(TargetError) as refused, JournalFile(tmp_path):
        pass
    assert refused.value.part == "journal"
    assert refused.value.try_


def test_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="unable to open"), JournalFile(tmp_path / "nowhere"):
        pass


def test_a_head_that_cannot_be_written_stops_nobody(folder: Path) -> None:
    (folder / "journal.head").unlink()
    (folder / "journal.head").mkdir()
    with JournalFile(folder) as journal:
        assert journal.append(entry(7)).number == 7
    assert problems(folder) == ()


def test_a_full_disk_is_told_in_words(folder: Path) -> None:
    with JournalFile(folder) as journal:
        pages = journal._file.read("PRAGMA page_count")[0][0]
        journal._file.read(f"PRAGMA max_page_count = {pages}")

        def fill() -> None:
            for number in range(200):
                journal.append(entry(number))

        with pytest.raises(TargetError, match="full") as refused:
            fill()
        assert refused.value.try_ == "free some space on its disk"
    assert problems(folder) == ()

"""`journal`, and what `up` and `down` write into it."""

import json
import os
import sqlite3

import pytest
from cli.doubles import DESIGN, REFUSAL, Prompt

from groundplan.agent.journal import JournalFile


def told(prompt: Prompt) -> list[tuple[str, str]]:
    """Events and what they were, without the verbs' own numbers."""
    entries = json.loads(prompt("journal", "-o", "json").out)["entries"]
    return [(entry["event"], entry["what"]) for entry in entries]


def test_before_anything_was_done_it_says_so(prompt: Prompt) -> None:
    prompt.write()
    assert prompt("journal").out == "Nothing was done here yet.\n"
    assert prompt("journal", "--verify").code == 0
    assert json.loads(prompt("journal", "-o", "json").out)["entries"] == []


def test_up_and_down_are_written_down(prompt: Prompt) -> None:
    prompt.write()
    assert prompt("up", "--why", "monday").code == 0
    assert prompt("down").code == 0
    assert told(prompt) == [
        ("began", "up"),
        ("ended", "done"),
        ("began", "down"),
        ("ended", "done"),
    ]
    text = prompt("journal", "--limit", "3").out.splitlines()
    assert len(text) == 3
    shown = json.loads(prompt("journal", "--verify", "-o", "json").out)
    assert shown["verified"]["is_whole"]
    assert shown["verified"]["head"] == shown["entries"][-1]["hash"]
    assert (shown["entries"][0]["why"], shown["entries"][2]["why"]) == ("monday", "")


def test_what_was_asked_for_and_what_refused_it_are_written_down(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = REFUSAL
    assert prompt("up", "--env", "staging").code == 4
    assert told(prompt) == [
        ("began", "up --env staging"),
        ("ended", "failed: north/redis-1: starting failed: port 6379 is taken"),
    ]


def test_an_interruption_is_written_down(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.refusal = KeyboardInterrupt()  # type: ignore[assignment]
    assert prompt("up").code == 130
    assert told(prompt)[-1] == ("ended", "aborted: it was interrupted")


def test_a_change_of_the_journal_is_named_with_exit_1(prompt: Prompt) -> None:
    prompt.write()
    prompt("up")
    connection = sqlite3.connect(prompt.target.folder / "journal.sqlite")
    connection.execute("DROP TRIGGER entries_are_never_changed")
    connection.execute("UPDATE entry SET text = replace(text, 'up', 'ap') WHERE number = 1")
    connection.commit()
    connection.close()
    shown = prompt("journal", "--verify")
    assert shown.code == 1
    assert "broken: entry 1 is not what was written" in shown.out
    assert not json.loads(prompt("journal", "--verify", "-o", "json").out)["verified"]["is_whole"]


def test_a_whole_journal_says_its_head(prompt: Prompt) -> None:
    prompt.write()
    prompt("up")
    with JournalFile(prompt.target.folder, read_only=True) as journal:
        head = journal.verify().head
    shown = prompt("journal", "--verify", "--limit", "0")
    assert shown.out == f"2 entries, none changed; the head is {head}\n"


def test_a_purge_begins_no_journal_anew(prompt: Prompt) -> None:
    prompt.write()
    prompt("up")
    target = prompt.target
    down = target.down

    def purged(*, purge: bool, report: object) -> None:
        down(purge=purge, report=report)  # type: ignore[arg-type]
        for path in sorted(target.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        target.folder.rmdir()

    target.down = purged  # type: ignore[method-assign]
    assert prompt("down", "--purge", "--yes").code == 0
    assert not target.folder.exists()


def test_a_broken_journal_keeps_up_from_beginning_and_down_from_nothing(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    (prompt.target.folder / "journal.sqlite").write_bytes(b"GIF89a" * 500)
    refused = prompt("up")
    assert (refused.code, prompt.target.done) == (4, [])
    assert "journal" in refused.err
    shown = prompt("down")
    assert (shown.code, prompt.target.done) == (0, ["down"])
    assert "note: this is not in the journal" in shown.err
    assert prompt("journal").code == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.folder.parent.chmod(0o500)
    refused = prompt("up")
    prompt.target.folder.parent.chmod(0o700)
    assert refused.code == 4
    assert "GROUNDPLAN_HOME" in refused.err

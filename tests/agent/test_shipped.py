"""Releases that ended, from the journal and from what was kept of them."""

from dataclasses import replace
from pathlib import Path

from groundplan.agent.catalogue import kept as releasing
from groundplan.agent.catalogue.shipped import shipped
from groundplan.agent.journal import Entry, Event, JournalFile
from groundplan.design.release import Release
from tests.operations.delivery.samples import PLAN


def written(folder: Path, *entries: tuple[float, str, Event, str]) -> None:
    with JournalFile(folder) as journal:
        for at, operation, event, what in entries:
            journal.append(Entry(at=at, operation=operation, event=event, what=what, who="ada"))


def asked(folder: Path, *, goes_back: bool, committed: float | None) -> str:
    rolling = releasing.Rolling(
        plan=replace(PLAN, goes_back=goes_back),
        release=Release(service="api", version="2", replicas=()),
        source=str(folder),
        committed=committed,
    )
    kept = releasing.keep(folder, rolling)
    return f'release {{"service": "api", "version": "2", "release": "{kept.release}"}}'


def test_without_a_journal_nothing_was_shipped(tmp_path: Path) -> None:
    assert shipped(tmp_path) == ()


def test_beginnings_and_ends_are_paired(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    good = asked(tmp_path, goes_back=False, committed=5.0)
    back = asked(tmp_path, goes_back=True, committed=None)
    written(
        tmp_path,
        (10, "release-a", Event.BEGAN, good),
        (11, "backup-b", Event.BEGAN, "backup {}"),
        (20, "release-a", Event.ENDED, "done: everybody has it"),
        (30, "release-c", Event.BEGAN, back),
        (31, "release-c", Event.SIGNALLED, "abort"),
        (40, "release-c", Event.ENDED, "aborted: it failed"),
        (50, "release-d", Event.BEGAN, 'release {"service": "api", "release": "gone"}'),
        (60, "release-d", Event.ENDED, "refused: not now"),
        (70, "release-e", Event.BEGAN, good),
    )
    first, second = shipped(tmp_path)
    assert (first.began, first.ended, first.is_done) == (10, 20, True)
    assert (first.committed, first.goes_back) == (5.0, False)
    assert (second.is_done, second.goes_back, second.committed) == (False, True, None)


def test_one_of_which_nothing_was_kept_counts_too(tmp_path: Path) -> None:
    written(
        tmp_path,
        (10, "release-a", Event.BEGAN, 'release {"service": "api", "release": "gone"}'),
        (20, "release-a", Event.ENDED, "done: everybody has it"),
    )
    assert [each.is_done for each in shipped(tmp_path)] == [True]

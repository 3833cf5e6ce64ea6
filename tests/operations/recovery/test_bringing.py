"""Copies are proven and brought back: which one, from where, and that a kill does no harm."""

import pytest
from operations.recovery.test_copy import OFTEN, FakeShelf, promise, run

from groundplan.design.promises import FILES_RESTORE_TIME
from groundplan.errors import TargetError
from groundplan.operations.recovery.bringing import BringBack, Prove, bring_back, chosen, prove
from groundplan.operations.recovery.copy import CopyPorts, What
from groundplan.ports.archive import Backup, Kind
from groundplan.ports.journal import Outcome, State
from groundplan.promise.promise import Bound, Verdict
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal, killed_at_every_step

PROMISE = promise(FILES_RESTORE_TIME, 4.0, Bound.AT_MOST)


def copy(label: str, at: float, region: str = "home", *, faults: tuple[str, ...] = ()) -> Backup:
    return Backup(
        label=label,
        repository=region,
        kind=Kind.FULL,
        began=at,
        ended=at,
        stop_lsn=0,
        bytes=1,
        stored_bytes=1,
        faults=faults,
    )


COPIES = (copy("a", 10), copy("b", 20), copy("c", 15, "away"), copy("bad", 30, faults=("torn",)))


def names(what: What, to: str, now: float = 100.0) -> list[list[str]]:
    return [[each.label for each in group] for group in chosen(what, to, COPIES, now=now)]


def test_of_files_one_copy_is_brought_back_and_others_may_stand_in_for_it() -> None:
    assert names("files", "latest") == [["b", "c", "a"]]
    assert names("files", "1970-01-01T00:00:16Z") == [["c", "a"]]
    assert names("files", "home:a") == [["a"]]
    assert names("files", "bad") == [["bad"]], "who names it gets it"


def test_each_regions_cache_is_its_own() -> None:
    assert names("cache", "latest") == [["b", "a"], ["c"]]
    assert names("cache", "1970-01-01T00:00:12Z") == [["a"]]
    assert names("cache", "away:c") == [["c"]]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("2030-01-01", "in the future"),
        ("1970-01-01T00:00:05Z", "the oldest, home:a, is of"),
        ("nonsense", "it is no time"),
    ],
)
def test_what_nobody_can_bring_back_is_refused(to: str, why: str) -> None:
    with pytest.raises(TargetError, match=why):
        names("files", to)
    with pytest.raises(TargetError, match="no good copy of the cache"):
        chosen("cache", "latest", COPIES[3:], now=100.0)


def filled() -> FakeShelf:
    shelf = FakeShelf(VirtualClock())
    run(shelf, OFTEN, "one")
    return shelf


def ports(shelf: FakeShelf) -> CopyPorts:
    return CopyPorts(shelf=shelf, schedule=OFTEN, promises=(PROMISE,))


def brought(shelf: FakeShelf, what: What = "files", to: str = "latest", into: str = "") -> Outcome:
    wanted = BringBack(what=what, to=to, into=into)
    return bring_back(TwinJournal(clock=shelf.clock, operation="op"), ports(shelf), wanted)


def test_a_proof_is_timed_and_kept_as_evidence() -> None:
    shelf = filled()
    outcome = prove(TwinJournal(clock=shelf.clock), ports(shelf), Prove(what="files"))
    assert outcome.state is State.DONE
    assert outcome.facts["copies"] == ["home:one", "away:one"]
    (evidence,) = outcome.evidence
    assert (evidence.verdict, evidence.value) == (Verdict.KEPT, 3.0)


def test_a_damaged_copy_is_named_and_breaks_the_promise() -> None:
    shelf = filled()
    shelf.damaged = {"home:one"}
    outcome = prove(TwinJournal(clock=shelf.clock), ports(shelf), Prove(what="files"))
    assert outcome.state is State.FAILED
    assert "but home: a block is bad" in outcome.summary
    assert outcome.evidence[0].verdict is Verdict.BROKEN
    nobody = Prove(what="files", name="nobody")
    assert prove(TwinJournal(clock=shelf.clock), ports(shelf), nobody).state is State.REFUSED


def test_the_other_repository_stands_in_for_a_damaged_one() -> None:
    shelf = filled()
    shelf.damaged = {"home:one"}
    outcome = brought(shelf, into="/copy")
    assert outcome.state is State.DONE
    assert shelf.there == {"/copy": "away:one"}
    shelf.damaged.add("away:one")
    assert brought(shelf, into="/copy").state is State.FAILED


def test_in_place_says_where_the_old_is_and_a_cache_is_copied_first() -> None:
    shelf = filled()
    assert brought(shelf).facts["aside"] == ["before.op"]
    outcome = brought(shelf, "cache")
    assert shelf.there == {"place of home": "home:one", "place of away": "away:one"}
    assert [made.label for made in shelf.kept["home"]] == ["one", "op-before"]
    assert outcome.state is State.DONE


@pytest.mark.parametrize("what", ["files", "cache"])
def test_killed_anywhere_it_is_brought_back(what: What) -> None:
    shelves: list[FakeShelf] = []

    def live(dies_at: int | None):  # type: ignore[no-untyped-def]
        shelf = filled()
        shelves.append(shelf)
        journal = TwinJournal(clock=shelf.clock, dies_at=dies_at, operation="op")
        wanted = BringBack(what=what, to="latest")
        return (lambda journal: bring_back(journal, ports(shelf), wanted)), journal

    outcomes = [outcome for _, outcome in killed_at_every_step(live)]
    assert len(outcomes) > 5
    for shelf, outcome in zip(shelves, outcomes, strict=False):
        assert outcome.state is State.DONE
        assert shelf.there["place of home"] == "home:one"

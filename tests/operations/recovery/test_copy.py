"""Copies of the caches and of files: when one is made, which stay, and that no kill doubles one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from groundplan.design.backups import DAY_SECONDS, Schedule
from groundplan.errors import TargetError
from groundplan.operations.recovery.copy import Copy, CopyPorts, copy
from groundplan.operations.recovery.standing import Stored, copy_evidence
from groundplan.ports.archive import Backup, Kind
from groundplan.ports.journal import Outcome, State
from groundplan.ports.shelf import Brought
from groundplan.promise.promise import Bound, Promise, Verdict
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal, killed_at_every_step

HALF_HOUR = 1800.0
NIGHTLY = Schedule(
    every_seconds=DAY_SECONDS,
    full_seconds=2 * DAY_SECONDS,
    keep_seconds=7 * DAY_SECONDS,
    window=(180, 300),
)
OFTEN = Schedule(every_seconds=HALF_HOUR, full_seconds=2 * HALF_HOUR, keep_seconds=4 * HALF_HOUR)


@dataclass(slots=True)
class FakeShelf:
    """Copies in memory."""

    clock: VirtualClock
    kept: dict[str, list[Backup]] = field(default_factory=lambda: {"home": [], "away": []})
    refuses: set[str] = field(default_factory=set)
    faults: tuple[str, ...] = ()
    damaged: set[str] = field(default_factory=set)
    there: dict[str, str] = field(default_factory=dict)  # which copy was brought where

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(self.kept)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        if repository in self.refuses:
            raise TargetError(part=repository, doing="looking", why="it is away", try_="wait")
        return tuple(self.kept[repository])

    def copy(self, repository: str, mark: str) -> Backup:
        for made in self.copies(repository):
            if made.label == mark:
                return made
        now = self.clock.now
        made = Backup(
            label=mark,
            repository=repository,
            kind=Kind.FULL,
            began=now,
            ended=now,
            stop_lsn=0,
            bytes=1,
            stored_bytes=1,
            faults=self.faults,
        )
        self.kept[repository].append(made)
        return made

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        self.kept[repository] = [b for b in self.kept[repository] if b.label not in labels]

    def inspect(self, repository: str) -> None:
        self.copies(repository)

    def prove(self, copy: Backup) -> Brought:
        return self.bring(copy, "a proof")

    def bring(self, copy: Backup, into: str) -> Brought:
        if copy.name in self.damaged:
            raise TargetError(part=copy.name, doing="bringing", why="a block is bad", try_="")
        self.clock.advance(3.0)
        self.there[into] = copy.name
        return Brought(items=7, bytes=2**20, what="files")

    def replace(self, copy: Backup, mark: str) -> Brought:
        return replace(self.bring(copy, f"place of {copy.repository}"), aside=f"before.{mark}")


def run(shelf: FakeShelf, schedule: Schedule, mark: str = "") -> Outcome:
    journal = TwinJournal(clock=shelf.clock, operation=mark or f"copy-{shelf.clock.now:.0f}")
    return copy(journal, CopyPorts(shelf=shelf, schedule=schedule), Copy(what="files"))


def test_a_month_of_nights_leaves_a_week_and_what_its_first_moments_need() -> None:
    shelf = FakeShelf(VirtualClock())
    began = shelf.clock.now
    while shelf.clock.now < began + 30 * DAY_SECONDS:
        run(shelf, NIGHTLY)
        shelf.clock.now += HALF_HOUR
    made = [each.began for each in shelf.kept["home"]]
    assert len(made) == 8
    assert {at % DAY_SECONDS // 3600 for at in made} == {3}


def test_every_half_hour_one_is_made_and_none_before_its_time() -> None:
    shelf = FakeShelf(VirtualClock())
    assert run(shelf, OFTEN).facts["copies"]
    shelf.clock.now += HALF_HOUR / 2
    assert run(shelf, OFTEN).summary == "nothing was due"
    shelf.clock.now += HALF_HOUR / 2
    assert run(shelf, OFTEN).facts["copies"]
    for _ in range(20):
        shelf.clock.now += HALF_HOUR
        run(shelf, OFTEN)
    assert len(shelf.kept["away"]) == 6


def test_a_repository_that_is_away_holds_up_no_other() -> None:
    shelf = FakeShelf(VirtualClock(), refuses={"home"})
    outcome = run(shelf, OFTEN)
    assert (outcome.state, len(shelf.kept["away"])) == (State.DONE, 1)
    assert "home: it is away" in outcome.summary
    shelf.refuses.add("away")
    assert run(shelf, OFTEN).state is State.FAILED


def test_a_copy_with_faults_is_said_and_another_is_due() -> None:
    shelf = FakeShelf(VirtualClock(), faults=("some files could not be read",))
    assert "could not be read" in run(shelf, OFTEN, "one").summary
    shelf.faults = ()
    assert run(shelf, OFTEN, "two").facts["copies"] == ["home:two", "away:two"]


def test_killed_anywhere_it_makes_one_copy_in_each_repository() -> None:
    def live(
        dies_at: int | None,
    ) -> tuple[Callable[[TwinJournal], tuple[FakeShelf, Outcome]], TwinJournal]:
        shelf = FakeShelf(VirtualClock())
        ports = CopyPorts(shelf=shelf, schedule=OFTEN)
        journal = TwinJournal(clock=shelf.clock, dies_at=dies_at)
        return lambda journal: (shelf, copy(journal, ports, Copy(what="cache"))), journal

    lives = [result for _, result in killed_at_every_step(live)]
    assert len(lives) > 8
    for shelf, outcome in lives:
        assert outcome.state is State.DONE
        assert [len(kept) for kept in shelf.kept.values()] == [1, 1]


def promise(name: str, limit: float, bound: Bound) -> Promise:
    return Promise(
        id=name,
        section="backup",
        statement=name,
        target=str(limit),
        limit=limit,
        bound=bound,
        unit="s",
        file="platform.yaml",
        line=1,
        column=1,
    )


def test_promises_are_measured_by_what_is_there() -> None:
    shelf = FakeShelf(VirtualClock())
    promises = (
        promise("backup.application_data.frequency", HALF_HOUR, Bound.AT_MOST),
        promise("backup.application_data.retention", 4 * HALF_HOUR, Bound.AT_LEAST),
        promise("cache_layer.backup.snapshot_retention_limit", HALF_HOUR, Bound.AT_LEAST),
        promise("backup.database.frequency", DAY_SECONDS, Bound.AT_MOST),
    )

    def verdicts(what: str = "files") -> list[Verdict]:
        there = {region: shelf.copies(region) for region in shelf.repositories}
        stored = Stored(backups=there, unreadable={}, records=())
        now = shelf.clock.now
        found = copy_evidence(promises, stored, now, what=what, schedule=OFTEN)  # type: ignore[arg-type]
        return [each.verdict for each in found]

    assert verdicts() == [Verdict.UNKNOWN, Verdict.UNKNOWN]
    run(shelf, OFTEN)
    assert verdicts() == [Verdict.KEPT, Verdict.UNKNOWN]
    shelf.clock.now += 5 * HALF_HOUR
    assert verdicts() == [Verdict.BROKEN, Verdict.KEPT]
    assert verdicts("cache") == [Verdict.KEPT]

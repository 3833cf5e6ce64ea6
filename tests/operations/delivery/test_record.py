"""What a rollout saw is written down, and deciding anew from it leads to the same decisions."""

from dataclasses import replace

import pytest
from operations.delivery.samples import BAD, GOOD, THREE, twin

from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.record import (
    Beginning,
    Difference,
    Record,
    Tick,
    difference,
    read,
    text_of,
)
from groundplan.operations.delivery.replay import replayed
from groundplan.operations.delivery.run import release
from groundplan.ports.hooks import Hook
from groundplan.ports.journal import Signal
from groundplan.twin.clock import EPOCH
from groundplan.twin.journal import Record as Kept
from groundplan.twin.journal import TwinJournal, killed_at_every_step
from groundplan.twin.recorded import Answer, Moment, RecordedReleases
from groundplan.twin.releases import Behaviour, TwinReleases

HOOK = Hook(
    name="board",
    url="https://board.example/",
    when="after-step",
    on_refusal="hold",
    seconds=5,
    tries=3,
)
PLAN = replace(
    THREE,
    weights=(10, 50, 100),
    interval_seconds=10,
    waves=tuple(replace(wave, bake_seconds=10) for wave in THREE.waves),
    smoke_test=("true",),
    expands=True,
    hooks=(HOOK,),
)


class Board:
    """Says no the first two times."""

    asked = 0

    def ask(self, hook: Hook, about: object, *, key: str) -> str:
        self.asked += 1
        return "not yet" if self.asked < 3 else ""


def lines_of(plan: Plan, releases: TwinReleases, journal: TwinJournal) -> list[bytes]:
    """What is kept of a rollout on the twin."""
    lines: dict[int, bytes] = {}

    def keep(number: int, line: Beginning | Tick) -> None:
        assert lines.setdefault(number, text_of(line)) == text_of(line)

    release(journal, releases, plan, hooks=Board(), keep=keep)
    return [lines[number] for number in sorted(lines)]


def recorded(canary: Behaviour = GOOD) -> Record:
    releases = twin(PLAN, canary, requests_per_second=300.0)
    said = [(EPOCH + 30.0, Signal(name="pause", who="ann"))]
    said.append((EPOCH + 60.0, Signal(name="resume", who="ann")))
    journal = TwinJournal(clock=releases.clock, record=Kept(signals=said))
    return read(lines_of(PLAN, releases, journal))


def anew(record: Record) -> Difference | None:
    moments = [
        Moment(
            now=tick.now,
            sight=tick.sight,
            answers=tuple(
                Answer(work=each.work.value, failed=each.failed, by=each.by) for each in tick.done
            ),
        )
        for tick in record.ticks
    ]
    releases = RecordedReleases(moments=moments)
    return difference(record, replayed(record, releases, releases.passed, hooks=releases))


@pytest.mark.parametrize(("canary", "end"), [(GOOD, "done"), (BAD, "returned")])
def test_it_is_decided_alike_look_by_look(canary: Behaviour, end: str) -> None:
    record = recorded(canary)
    decided = [each for tick in record.ticks for each in tick.decided]
    assert decided[-1].phase == end
    assert "paused" in {each.phase for each in decided} or end == "returned"
    assert anew(record) is None


def test_a_record_that_breaks_off_is_decided_as_far_as_it_goes() -> None:
    record = recorded()
    assert anew(replace(record, ticks=record.ticks[:7])) is None
    assert anew(replace(record, ticks=())) is None


def test_another_count_is_found_at_its_look() -> None:
    record = recorded()
    number = next(n for n, tick in enumerate(record.ticks) if tick.decided[-1].verdict != "no data")
    tick = record.ticks[number]
    looks = {
        name: replace(look, canary=replace(look.canary, requests=look.canary.requests + 1))
        for name, look in tick.sight.looks.items()
        if look
    }
    other = replace(tick, sight=replace(tick.sight, looks=looks))
    ticks = (*record.ticks[:number], other, *record.ticks[number + 1 :])
    found = anew(replace(record, ticks=ticks))
    assert found is not None
    assert found.look == number + 1
    assert found.then is not None
    assert found.anew is not None
    assert found.then.because != found.anew.because


def test_a_killed_rollout_keeps_the_same_lines() -> None:
    """Each life makes them from the beginning; `lines_of` asserts that they are alike."""
    quick = replace(PLAN, weights=(50, 100), hooks=(), waves=PLAN.waves[:1])

    def live(dies_at: int | None) -> tuple[object, TwinJournal]:
        world = twin(quick)
        journal = TwinJournal(clock=world.clock, dies_at=dies_at)
        lines: dict[int, bytes] = {}

        def keep(number: int, line: Beginning | Tick) -> None:
            assert lines.setdefault(number, text_of(line)) == text_of(line)

        return (lambda journal: release(journal, world, quick, keep=keep)), journal

    assert len(list(killed_at_every_step(live))) > 20  # type: ignore[arg-type]

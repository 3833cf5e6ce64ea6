"""A rollout decided anew from its record, by the code that decided it then."""

from collections.abc import Callable, Iterator

from groundplan.operations.delivery.record import Record
from groundplan.operations.delivery.run import rehearse
from groundplan.operations.delivery.state import Decision, Rollout
from groundplan.ports.hooks import Hooks
from groundplan.ports.releases import Releases


def replayed(
    record: Record, releases: Releases, pass_time: Callable[[float], float], *, hooks: Hooks
) -> Iterator[tuple[int, Decision]]:
    """All decisions anew from what was recorded, each with the number of its look, from 0.

    `releases` and `hooks` answer as they did then, and `pass_time` moves to the next look.
    """
    looks = {tick.now: number for number, tick in enumerate(record.ticks)}
    if not looks:
        return
    plan, began = record.beginning.plan, record.beginning.began
    decisions = rehearse(
        plan,
        releases,
        pass_time,
        words=record.words,
        start=Rollout.of(plan, began),
        seconds=record.ticks[-1].now - record.ticks[0].now,
        hooks=hooks,
    )
    for decision in decisions:
        yield looks[decision.state.heard], decision

"""The benchmark's arrays decide as the machine does, on the same counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from operations.delivery.samples import PLAN

from benchmarks.lanes import ABORTED, ASKED, PASSED, Floats, Sides, Traffic, roll_out
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.run import rehearse
from groundplan.ports.releases import Counts, Look, Sight
from groundplan.twin.clock import VirtualClock

LANES = 4
ENDS = {Phase.RETURNED: ABORTED, Phase.DONE: PASSED, Phase.ASKING: ASKED}


@dataclass
class Replayed:
    """The port, showing what one lane saw. The rollout needs two looks until it serves."""

    looks: list[Look]
    clock: VirtualClock = field(default_factory=VirtualClock)
    weight: int = 0
    served: int = 0
    failed: int = 0

    def see(self) -> Sight:
        look = Look(Counts(0, (0,)), Counts(0, (0,)))
        if self.weight:
            look = self.looks[self.served]
            self.served += 1
            self.failed += look.canary.bad[0]
        serving: dict[str, int | None] = {"us": self.weight}
        return Sight(looks={"us": look}, ready={"us": 1}, serving=serving, old_running=False)

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        self.weight = weights["us"]

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        return ""


@pytest.mark.parametrize("bursty", [False, True])
@pytest.mark.parametrize(("rate", "error"), [(5, 0.009), (50, 0.005), (50, 0.2), (1, 0.02)])
def test_lanes_end_as_the_machine_ends(rate: float, error: float, bursty: bool) -> None:
    traffic = Traffic(
        rate=rate,
        error=error,
        stable_error=min(error, 0.005),
        bursty=bursty,
        lanes=LANES,
        look_seconds=PLAN.look_seconds,
        chance=np.random.default_rng(7),
    )
    drawn: list[Sides] = []

    def draw(share: Floats) -> Sides:
        drawn.append(traffic(share))
        return drawn[-1]

    plan = replace(PLAN, hold_seconds=300.0)
    ends = roll_out(plan, draw, LANES)
    for lane in range(LANES):
        looks = [_look(sides, lane) for sides in drawn]
        releases = Replayed(looks)
        for decision in rehearse(plan, releases, releases.clock.passed):
            phase = decision.state.phase
        found = ENDS[phase], releases.served, releases.failed
        assert found == (ends.outcome[lane], ends.looks[lane], ends.failed[lane])


def _look(sides: Sides, lane: int) -> Look:
    canary, bad, stable, other = (int(side[lane]) for side in sides)
    return Look(Counts(canary, (bad,)), Counts(stable, (other,)))

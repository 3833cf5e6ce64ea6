"""What the watch saw last of a primary outlives it, and the agent."""

import time
from pathlib import Path

from groundplan.agent.sampling.memory import last_seen, question, remember
from groundplan.operations.recovery.pulse import Condition, Pulse
from groundplan.ports.databases import Claim, Sight
from groundplan.ports.folder import LAST_SEEN

CLAIM = Claim(name="north/1", term=2)
GONE = (
    Sight(name="north/1", region="north", answers=False),
    Sight(name="south/1", region="south", answers=True, received=90, caught_up_to=1.0),
)


def pulse(condition: Condition) -> Pulse:
    return Pulse(claim=CLAIM, written=100, alive_at=40.0, condition=condition)


def test_a_primary_that_is_well_is_not_written_down(tmp_path: Path) -> None:
    remember(tmp_path, pulse(Condition.WELL))
    assert not (tmp_path / LAST_SEEN).exists()


def test_of_a_primary_that_is_gone_the_last_look_counts(tmp_path: Path) -> None:
    assert last_seen(tmp_path, CLAIM, GONE).alive_at is None
    remember(tmp_path, pulse(Condition.DOWN))
    seen = last_seen(tmp_path, CLAIM, GONE)
    assert (seen.written, seen.alive_at) == (100, 40.0)
    assert question(tmp_path, CLAIM, GONE, "south").alive_at == 40.0


def test_what_was_seen_of_another_term_or_is_damaged_is_nothing(tmp_path: Path) -> None:
    remember(tmp_path, pulse(Condition.DOWN))
    assert last_seen(tmp_path, Claim(name="north/1", term=3), GONE).alive_at is None
    (tmp_path / LAST_SEEN).write_text("[")
    assert last_seen(tmp_path, CLAIM, GONE).alive_at is None


def test_a_primary_that_works_is_alive_now(tmp_path: Path) -> None:
    remember(tmp_path, pulse(Condition.DOWN))
    works = (
        Sight(
            name="north/1",
            region="north",
            answers=True,
            is_primary=True,
            acknowledged=True,
            received=7,
        ),
    )
    before = time.time()
    seen = last_seen(tmp_path, CLAIM, works)
    assert seen.written == 7
    assert seen.alive_at is not None
    assert seen.alive_at >= before

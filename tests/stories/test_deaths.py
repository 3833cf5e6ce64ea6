"""The agent is killed at every step of a failover; each time it is completed, and harms nothing."""

import json
import time
from collections.abc import Iterator

import psycopg
import pytest
from stories.deaths import TRIES, Death, Mortal, unmet
from stories.harness import within
from stories.vault import ADDRESSES, HOME, PARTNER, Vault, vault_up, writes_again
from stories.writers import Writers

from groundplan.ports.journal import State

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(1200)]

LASTS_SECONDS = 0.1  # a step that takes longer is interrupted in its middle, too
LAG_SECONDS = 1.0  # far more than a replica on the same machine is behind


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    with vault_up() as vault:
        yield vault


def term(vault: Vault) -> int:
    path = vault.folder / "primary.json"
    return int(json.loads(path.read_text())["term"]) if path.exists() else 0


def primaries(vault: Vault) -> list[str]:
    """The servers that take writes now."""
    found = []
    for name in ADDRESSES:
        try:
            if not vault.asked(name, "SELECT pg_is_in_recovery()"):
                found.append(name)
        except psycopg.OperationalError:
            continue
    return found


def lost(writers: Writers, moment: float) -> set[int]:
    """Acknowledged writes that are gone, but for what the old primary said in its last second: it
    was given up while it worked, and another region has what had reached it."""
    gap = writers.gap_after(moment)
    assert gap is not None
    said = writers.acknowledged
    return {key for key in writers.lost() if not gap[0] - LAG_SECONDS <= said[key] <= gap[0]}


class Moves:
    """Regional failovers, there and back, each with one death of the agent."""

    def __init__(self, vault: Vault) -> None:
        self.vault, self.mortal = vault, Mortal(vault.folder)

    def go(self, *, after: int, later: float = 0.0) -> Death:
        """One of them, with its old primary as a replica in the end."""
        vault, mortal = self.vault, self.mortal
        within(60, "all is whole", vault.is_whole)
        old, before = vault.primary(), term(vault)
        region = PARTNER if old.startswith(HOME) else HOME
        with vault.written() as writers:
            moment = time.monotonic()
            death = mortal.killed_in(
                "failover",
                lambda: mortal.start("failover", region=region),
                after=after,
                later=later,
            )
            ended = mortal.ended(death.operation)
            writes_again(writers)
        assert ended.state is State.DONE, mortal.told(death.operation)
        assert primaries(vault) == [vault.primary()]
        assert vault.primary().startswith(region)
        assert term(vault) == before + 1, "it was named once"
        assert lost(writers, moment) == set()
        assert mortal.journalled(death.operation) == ["began", "ended"]
        mended = mortal.ended(mortal.start("mend", name=old, because="it is to follow again"))
        assert mended.state is State.DONE, mended.summary
        return death


def test_a_failover_is_completed_at_whichever_step_the_agent_dies(vault: Vault) -> None:
    moves, met, after = Moves(vault), set[int | None](), 0
    death = moves.go(after=after)
    while death.recorded is not None:
        met.add(death.recorded)
        after = max(after, death.recorded) + 1
        death = moves.go(after=after)
    for _ in range(TRIES):
        met |= {moves.go(after=number).recorded for number in unmet(met, death.steps)}
    assert unmet(met, death.steps) == []
    assert len(met) >= 5
    for number, (_, seconds) in enumerate(death.steps):
        if seconds > LASTS_SECONDS:
            moves.go(after=number, later=seconds / 2)

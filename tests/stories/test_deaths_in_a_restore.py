"""The agent dies at every step of a restore, one after the other; no write is lost, nothing is done
twice."""

import itertools
from collections.abc import Iterable, Iterator

import pytest
from stories.deaths import TRIES, Mortal, Steps, unmet
from stories.harness import within
from stories.vault import FILE, Vault, vault_up, writes_again

from groundplan.ports.journal import State

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(1200)]

AMID_SECONDS = 1.0
BACKUP = """\
backup:
  database: {frequency: daily, retention: 7 days, regions: [us-east-1]}
"""


@pytest.fixture
def copied() -> Iterator[Vault]:
    """A platform whose database is copied."""
    with vault_up(FILE + BACKUP) as vault:
        told = vault.groundplan("backup", "run")
        assert told.code == 0, told.err
        yield vault


def test_a_restore_is_completed_though_the_agent_dies_at_each_of_its_steps(copied: Vault) -> None:
    mortal, met, amid = Mortal(copied.folder), set[int | None](), set[int]()

    def restored(wanted: Iterable[int]) -> Steps:
        """One restore; the agent dies when so many of its steps are recorded, and again soon after
        it is back when it is still at the same one."""
        numbers = iter(wanted)
        death = mortal.killed_in(
            "restore", lambda: mortal.start("restore", to="latest"), after=next(numbers)
        )
        while death.recorded is not None:
            met.add(death.recorded)
            mortal.is_back()
            if mortal.killed_amid(death.operation, later=AMID_SECONDS):
                amid.add(death.recorded)
                mortal.is_back()
            after = next((number for number in numbers if number > death.recorded), None)
            if after is None:
                break
            death = mortal.killed_again(death.operation, after=after)
        ended = mortal.ended(death.operation)
        assert ended.state is State.DONE, mortal.told(death.operation)
        restored_once(copied, mortal, death.operation)
        return death.steps

    with copied.written() as writers:
        steps = restored(itertools.count())
        writes_again(writers)
    assert writers.lost() == set()
    for _ in range(TRIES):
        if unmet(met, steps):
            restored(unmet(met, steps))
    assert unmet(met, steps) == []
    assert len(met) >= 5
    assert amid, f"something takes more than {AMID_SECONDS:g} s"


def restored_once(vault: Vault, mortal: Mortal, operation: str) -> None:
    """Nothing was done twice that may be done once, and nothing was left behind."""
    assert mortal.journalled(operation) == ["began", "ended"]
    folder = vault.data(vault.primary()).parent
    assert len(list(folder.glob(f"data.before.{operation}"))) == 1
    assert list(folder.glob("restored.*")) == []
    names = [backup["name"] for backup in vault.json("backup", "list")["backups"]]
    assert len(names) == len(set(names)), names
    within(120, "its replica follows", vault.is_whole)

"""The agent's look at copies: what is due is begun once, and what fails is said."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from agent.engine import FakeEngine
from data_tier import SITE, data_tier, machine_in
from stories.harness import within

from groundplan.agent.catalogue.copies import AGAIN_SECONDS, CopyKeeper, copied
from groundplan.agent.catalogue.table import KINDS
from groundplan.agent.performing.performer import Performer
from groundplan.agent.voice import Voice
from groundplan.design.backups import DAY_SECONDS, Backups, Copies, Repository, Schedule
from groundplan.ports.folder import DESIGN, SOURCE
from groundplan.ports.journal import State

SCHEDULE = Schedule(every_seconds=DAY_SECONDS, full_seconds=2 * DAY_SECONDS, keep_seconds=1)
CACHE = Copies(
    repositories=(Repository(region=SITE, directory=f"backups/{SITE}/cache"),), schedule=SCHEDULE
)
DESIGN_WITH_CACHE = replace(data_tier(), backups=Backups(cache=CACHE))


@pytest.fixture
def voice() -> Voice:
    return Voice(io.StringIO())


@pytest.fixture
def performer(tmp_path: Path, voice: Voice) -> Performer:
    machine_in(tmp_path, DESIGN_WITH_CACHE)
    (tmp_path / SOURCE).write_text(str(tmp_path))
    (tmp_path / DESIGN).write_bytes(DESIGN_WITH_CACHE.to_json())
    return Performer(tmp_path, voice, KINDS, FakeEngine)


def test_what_is_due_is_begun_once_and_its_failure_is_said(
    tmp_path: Path, voice: Voice, performer: Performer
) -> None:
    keeper = CopyKeeper(tmp_path, voice, lambda: performer)
    keeper.look(DESIGN_WITH_CACHE, 1000.0)
    (operation,) = performer.newest(9)
    assert (operation.kind, operation.arguments) == ("copy", {"what": "cache"})
    within(60, "it has ended", lambda: performer.outcome(operation.id) is not None)
    assert operation.id == performer.newest(1)[0].id
    keeper.look(DESIGN_WITH_CACHE, 1001.0)
    assert "us-east-1/redis-1: " in voice.troubles["copies of the cache"], "no server runs"
    assert len(performer.newest(9)) == 1, "not again at once"
    keeper.look(DESIGN_WITH_CACHE, 1000.0 + AGAIN_SECONDS)
    assert len(performer.newest(9)) == 2


def test_nobody_is_asked_for_what_the_file_does_not_name(
    tmp_path: Path, voice: Voice, performer: Performer
) -> None:
    CopyKeeper(tmp_path, voice, lambda: performer).look(data_tier(), 1000.0)
    assert performer.newest(9) == ()
    assert list(copied(tmp_path, data_tier())) == []
    operation = performer.start("copy", {"what": "files"})
    within(60, "it has ended", lambda: performer.outcome(operation) is not None)
    outcome = performer.outcome(operation)
    assert outcome is not None
    assert outcome.state is State.REFUSED

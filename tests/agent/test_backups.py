"""The agent's look at backups, on platforms that have none."""

import io
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from data_tier import data_tier, machine_in

from groundplan.agent.performing.performer import Performer
from groundplan.agent.voice import Voice
from groundplan.agent.watching.backups import Keeper
from groundplan.design.backups import (
    DAY_SECONDS,
    Archiving,
    Backups,
    DatabaseBackups,
    Repository,
    Schedule,
)
from groundplan.design.design import Design
from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN
from groundplan.targets.local.backups.records import alone

ARCHIVING = Archiving(
    stanza="shop",
    repositories=(Repository(region="north", directory="backups/north/database"),),
    compression="zst",
    timeout_seconds=60,
)


def nobody() -> Performer:
    raise TargetError(part="agent", doing="starting", why="nobody performs yet", try_="wait")


def with_backups() -> Design:
    design = data_tier()
    schedule = Schedule(every_seconds=DAY_SECONDS, full_seconds=DAY_SECONDS, keep_seconds=1)
    database = DatabaseBackups(archiving=ARCHIVING, schedule=schedule, verify_seconds=DAY_SECONDS)
    parts = tuple(
        replace(part, archiving=ARCHIVING) if isinstance(part, Postgres) else part
        for part in design.parts
    )
    return replace(design, parts=parts, backups=Backups(database=database))


def test_without_backups_in_the_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / DESIGN).write_bytes(data_tier().to_json())
    voice = Voice(io.StringIO())
    Keeper(tmp_path, voice, nobody).look(1.0)
    assert voice.troubles == {}


def test_a_design_that_is_not_there_is_a_trouble_and_no_end(tmp_path: Path) -> None:
    voice = Voice(io.StringIO())
    Keeper(tmp_path, voice, nobody).look(1.0)
    assert "design.json" in voice.troubles["backups"]
    stop = threading.Event()
    stop.set()
    Keeper(tmp_path, voice, nobody).run(stop)


def test_a_database_that_does_not_answer_is_a_trouble(tmp_path: Path) -> None:
    design = with_backups()
    machine_in(tmp_path, design)
    (tmp_path / DESIGN).write_bytes(design.to_json())
    voice = Voice(io.StringIO())
    Keeper(tmp_path, voice, nobody).look(1.0)
    assert "nobody knows" in voice.troubles["shipping the log"]
    assert "repository north" in voice.troubles


def test_one_at_a_time_works_on_backups_and_the_next_waits_its_turn(tmp_path: Path) -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with alone(tmp_path, "backup verify", waits.set):
            order.append("second")

    with alone(tmp_path, "backup run", lambda: order.append("nobody is before it")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_a_turn_that_does_not_come_is_said(tmp_path: Path) -> None:
    with alone(tmp_path, "backup run", list):
        late = alone(tmp_path, "backup verify", list, seconds=0.01)
        with pytest.raises(TargetError, match="another backup"), late:
            pass

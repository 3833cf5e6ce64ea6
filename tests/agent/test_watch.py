"""The watch in the agent: what it asks for, and that it leaves whoever holds the platform alone."""

import io
import json
import threading
import time
from pathlib import Path

import pytest
from data_tier import PRIMARY, STANDBY, data_tier, machine_in

from groundplan.agent.catalogue.databases import asked
from groundplan.agent.catalogue.table import KINDS
from groundplan.agent.voice import Voice
from groundplan.agent.watching.watch import Watch
from groundplan.design.recovery import Recovery
from groundplan.operations.recovery.failover import Failover
from groundplan.operations.recovery.pulse import Pulse
from groundplan.operations.recovery.watch import Action, Kind, Watched
from groundplan.ports.databases import Claim
from groundplan.ports.folder import DESIGN, SECRETS
from groundplan.targets.local.files import write_if_changed

RECOVERY = Recovery(is_synchronous=True, alone_after_seconds=None, regions=("us-east-1",))
WATCHED = Watched(pulse=Pulse(claim=Claim(name=PRIMARY, term=0), written=7, synchronous=(STANDBY,)))


@pytest.mark.parametrize("kind", list(Kind))
def test_what_the_watch_wants_is_an_operation_with_its_arguments(kind: Kind) -> None:
    action = Action(kind=kind, because="a test", region="us-east-1", names=(PRIMARY, STANDBY))
    name, arguments = asked(action, WATCHED, RECOVERY)
    read = KINDS[name].read(name, json.dumps(arguments))
    assert read.because == "a test"


def test_a_failover_is_told_who_confirmed_and_that_commits_may_not_go_on_alone() -> None:
    action = Action(kind=Kind.FAILOVER, because="", region="us-east-1", names=(PRIMARY,))
    _, arguments = asked(action, WATCHED, RECOVERY)
    read = KINDS["replace-primary"].read("replace-primary", json.dumps(arguments))
    assert isinstance(read, Failover)
    assert (read.synchronous, read.written, read.may_lose) == ((STANDBY,), 7, False)
    assert (read.confirmation.is_wanted, read.confirmation.may_be_none) == (True, False)


def platform(folder: Path) -> Path:
    """A platform whose servers do not run."""
    machine = machine_in(folder, data_tier("127.59"))
    (folder / DESIGN).write_bytes(machine.design.to_json())
    return folder


def test_servers_that_were_never_there_are_told_and_nothing_is_begun(tmp_path: Path) -> None:
    started: list[str] = []

    def start(kind: str, *_: object) -> str:
        started.append(kind)
        return kind

    voice = Voice(io.StringIO())
    watch = Watch(platform(tmp_path), voice, start, lambda _: None)
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 15
    while "databases" not in voice.troubles and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert "did not answer" in voice.troubles["databases"]
    assert started == []


def test_a_renewed_password_is_looked_with_at_once(tmp_path: Path) -> None:
    watch = Watch(platform(tmp_path), Voice(io.StringIO()), lambda *_: "", lambda _: None)
    before = watch.mark()
    assert before == watch.mark()
    write_if_changed(tmp_path / SECRETS / "postgres-monitor", "renewed", mode=0o600)
    assert watch.mark() != before

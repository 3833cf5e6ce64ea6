"""The agent's metrics over HTTP, where the design wants them."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from groundplan.agent.door.metrics import Metrics
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Agent
from groundplan.ports.folder import DESIGN
from groundplan.ports.journal import APPROVE
from tests.agent.door import Door, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as door:
        yield door


def listens_at(door: Door, port: int) -> str:
    """The design gives the agent this port."""
    path = door.folder / DESIGN
    design = Design.from_json(path.read_bytes())
    others = tuple(part for part in design.parts if not isinstance(part, Agent))
    agent = Agent(name="global/agent", site="global", address="127.0.0.1", port=port)
    path.write_bytes(replace(design, parts=(*others, agent)).to_json())
    return f"http://127.0.0.1:{port}"


def a_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_what_goes_on_and_what_ended_is_told(door: Door) -> None:
    url = listens_at(door, a_free_port())
    metrics = Metrics(door.folder, Voice(), door.stage.performer)
    metrics.turn()
    operation = door.begin("ask")
    page = httpx.get(f"{url}/metrics", trust_env=False)
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'groundplan_operations{kind="ask",' in page.text
    door.tell(operation, APPROVE)
    door.ended(operation)
    for _ in range(2):  # the journal is read on from where it was
        page = httpx.get(f"{url}/metrics", trust_env=False)
        assert 'groundplan_operations_ended_total{kind="ask",state="done"} 1\n' in page.text
    assert httpx.get(url, trust_env=False).status_code == 404
    metrics.close()


def test_they_move_with_the_design(door: Door) -> None:
    metrics = Metrics(door.folder, Voice(), door.stage.performer)
    first = listens_at(door, a_free_port())
    metrics.turn()
    second = listens_at(door, a_free_port())
    metrics.turn()
    assert httpx.get(f"{second}/metrics", trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first}/metrics", trust_env=False)
    metrics.close()


def test_a_port_that_is_taken_is_a_trouble_until_it_is_free(door: Door) -> None:
    voice = Voice()
    metrics = Metrics(door.folder, voice, door.stage.performer)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        url = listens_at(door, other.getsockname()[1])
        metrics.turn()
        assert "is not free" in voice.troubles["metrics"]
    metrics.turn()
    assert not voice.troubles
    assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 200
    metrics.close()

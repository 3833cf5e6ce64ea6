"""Who is told of operations: over real HTTP, from the journal, however often something dies."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.agent.door.metrics import Metrics
from groundplan.agent.notices.herald import Herald
from groundplan.agent.notices.outbox import Outbox
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.notifications import SECRET, Receiver, means_of, slug
from groundplan.ports.folder import DESIGN
from groundplan.ports.journal import APPROVE
from groundplan.spec.notifications import Moment
from tests.agent.door import Door, open_door, within
from tests.agent.receiver import Heard, listening

ALL: tuple[Moment, ...] = ("began", "asks", "failed", "done")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as door:
        yield door


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as heard:
        yield heard


def told(door: Door, *names: str, secret: str) -> None:
    """The design names them, and their secrets are there."""
    path = door.folder / DESIGN
    receivers = tuple(
        Receiver(
            name=name,
            means=means_of(name),
            secret=SECRET + slug(name),
            kinds=("ask",),
            moments=ALL,
        )
        for name in names
    )
    path.write_bytes(replace(Design.from_json(path.read_bytes()), told=receivers).to_json())
    (door.folder / "secrets").mkdir(exist_ok=True)
    for each in receivers:
        (door.folder / "secrets" / each.secret).write_text(secret)


def herald(door: Door, said: io.StringIO | None = None) -> Herald:
    voice = Voice(said or io.StringIO())
    made = Herald(door.folder, voice, door.stage.performer, first_seconds=0.01)
    made.look(time.time())  # from here on
    return made


def states(door: Door) -> list[tuple[str, str]]:
    outbox = Outbox(door.folder)
    found = [(id_.split("/")[-1], state) for _, id_, state, _ in outbox.states()]
    outbox.close()
    return found


def until_sent(herald: Herald, heard: Heard, number: int) -> None:
    def look() -> bool:
        herald.look(time.time())
        return len(heard.bodies) >= number

    within(look)


def test_an_operation_is_told_of_from_its_question_to_its_end(door: Door, heard: Heard) -> None:
    told(door, "Pipeline", secret=heard.url)
    crier = herald(door)
    operation = door.begin("ask", why="it burns", regions=["eu"])
    until_sent(crier, heard, 2)
    door.tell(operation, APPROVE)
    door.ended(operation)
    until_sent(crier, heard, 3)
    assert [body["moment"] for body in heard.bodies] == ["began", "asks", "done"]
    assert heard.bodies[1]["what"] == "go on in eu?"
    assert heard.keys == [body["id"] for body in heard.bodies]
    crier.look(time.time())
    assert len(heard.bodies) == 3
    crier.close()


def test_it_is_tried_again_in_order_until_it_is_taken(door: Door, heard: Heard) -> None:
    heard.answers = [500, 429, 503]
    told(door, "Pipeline", secret=heard.url)
    crier = herald(door)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    until_sent(crier, heard, 5)
    assert [body["moment"] for body in heard.bodies] == ["began"] * 4 + ["failed"]
    crier.close()


def test_what_is_refused_for_good_is_not_repeated(door: Door, heard: Heard) -> None:
    heard.answers = [400]
    told(door, "Pipeline", secret=heard.url)
    said = io.StringIO()
    crier = herald(door, said)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    until_sent(crier, heard, 2)
    assert states(door)[0] == ("began", "given up")
    page = Metrics(door.folder, Voice(), door.stage.performer).page()
    assert 'groundplan_notices{receiver="Pipeline",state="given up"} 1' in page
    assert "Pipeline: it answers 400" in said.getvalue()
    crier.close()


def test_a_herald_that_died_tells_nothing_twice(door: Door, heard: Heard) -> None:
    told(door, "Pipeline", "Slack", secret=heard.url)
    first = herald(door)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    first.look(time.time())
    first.close()
    second = herald(door)
    until_sent(second, heard, 4)
    second.look(time.time())
    assert len(heard.bodies) == 4
    assert len(set(heard.keys)) == 2  # for each of two receivers
    second.close()


def test_no_message_holds_a_secret(door: Door) -> None:
    secret = "http://127.0.0.1:1/T000/very-secret"
    told(door, "Slack", secret=secret)
    said = io.StringIO()
    crier = herald(door, said)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    crier.look(time.time())
    assert "Slack: it is not reached" in said.getvalue()
    assert "very-secret" not in said.getvalue()
    outbox = Outbox(door.folder)
    assert "very-secret" not in json.dumps(outbox.states())
    outbox.close()
    crier.close()


def test_without_a_secret_somebody_is_told_once_it_is_there(door: Door, heard: Heard) -> None:
    told(door, "Pipeline", secret=heard.url)
    path = door.folder / "secrets" / "notify-pipeline"
    path.unlink()
    said = io.StringIO()
    crier = herald(door, said)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    crier.look(time.time())
    assert "secrets/notify-pipeline is not there, or no text: nobody is told" in said.getvalue()
    path.write_text(heard.url)
    until_sent(crier, heard, 2)
    crier.close()


def test_history_is_told_to_nobody(door: Door, heard: Heard) -> None:
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    told(door, "Pipeline", secret=heard.url)
    crier = herald(door)
    crier.look(time.time())
    assert not heard.bodies
    crier.close()


def test_a_question_of_long_ago_is_not_told_again_when_it_was_forgotten(
    door: Door, heard: Heard
) -> None:
    told(door, "Pipeline", secret=heard.url)
    crier = herald(door)
    operation = door.begin("ask", regions=["eu"])
    until_sent(crier, heard, 2)
    later = time.time() + 40 * 86_400.0
    for _ in range(3):
        crier.look(later)
    assert len(heard.bodies) == 2
    door.tell(operation, APPROVE)
    door.ended(operation)
    crier.close()


def test_a_secret_that_is_no_text_stops_nobody(door: Door, heard: Heard) -> None:
    told(door, "Pipeline", "Desk", secret=heard.url)
    (door.folder / "secrets" / "notify-desk").write_bytes(b"\xff\xfe")
    crier = herald(door)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    until_sent(crier, heard, 2)
    crier.close()


def test_who_is_named_later_hears_what_begins_from_then_on(door: Door, heard: Heard) -> None:
    """However soon after `up` something begins: the journal was read all along."""
    crier = herald(door)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    crier.look(time.time())
    told(door, "Pipeline", secret=heard.url)
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    until_sent(crier, heard, 2)
    crier.look(time.time())
    assert [body["moment"] for body in heard.bodies] == ["began", "failed"]
    crier.close()


def test_what_begins_before_the_first_look_is_told(door: Door, heard: Heard) -> None:
    told(door, "Pipeline", secret=heard.url)
    crier = Herald(door.folder, Voice(io.StringIO()), door.stage.performer, first_seconds=0.01)
    crier.begin()
    door.ended(door.begin("ask", regions=["eu"], seconds=0))
    until_sent(crier, heard, 2)
    assert heard.bodies[0]["moment"] == "began"
    crier.close()

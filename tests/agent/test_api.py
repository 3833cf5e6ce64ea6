"""The door's requests for operations: what is refused, and in which words."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.agent.door import asking
from groundplan.agent.door.server import BODY_MAX
from groundplan.errors import TargetError
from tests.agent.door import Door, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as door:
        yield door


@pytest.mark.parametrize(
    ("path", "body", "status", "why"),
    [
        ("/v1/operations", b"", 400, "EOF"),
        ("/v1/operations", b"{", 400, "EOF"),
        ("/v1/operations", b"[]", 400, "object"),
        ("/v1/operations", b'{"kind": "ask"}', 400, "who: "),
        ("/v1/operations", b'{"kind": "ask", "who": ""}', 400, "who: "),
        ("/v1/operations", b'{"kind": "ask", "who": "a", "when": 3}', 400, "when: "),
        ("/v1/operations", b'{"kind": "ask", "who": "a", "arguments": [1]}', 400, "arguments: "),
        ("/v1/operations", b'{"kind": "ask", "who": "\xff"}', 400, ""),
        ("/v1/operations", b'{"kind": "aks", "who": "a"}', 422, "there is no operation 'aks'"),
        (
            "/v1/operations",
            b'{"kind": "ask", "who": "a", "arguments": {"second": 1}}',
            422,
            "it takes no second",
        ),
        (
            "/v1/operations",
            b'{"kind": "ask", "who": "a", "arguments": {"seconds": "soon"}}',
            422,
            "seconds: ",
        ),
        ("/v1/operations/ask-9/signals", b'{"name": "approve", "who": "a"}', 404, "there is none"),
        ("/v1/operations/ask-9/signals", b'{"name": "APPROVE!", "who": "a"}', 400, "name: "),
        ("/v1/promises", b"{}", 404, "there is no /v1/promises"),
        ("/v1/operations/%2e%2e/x/y", b"{}", 404, "there is no "),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    door: Door, path: str, body: bytes, status: int, why: str
) -> None:
    answered, told = door.post(path, body)
    assert (answered, why in told["why"]) == (status, True), told
    assert told["try"]
    assert asking.newest(door.folder) == ()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/operations?limit=3", 200),
        ("/v1/operations?limit=x", 400),
        ("/v1/operations?limit=99999999999999999999", 400),
        ("/v1/operations/nobody", 404),
        ("/v1/operations/nobody?after=-1", 400),
        ("/v1/operations/a/b", 404),
        ("/v2", 404),
    ],
)
def test_questions_get_the_status_they_deserve(door: Door, path: str, status: int) -> None:
    assert door.get(path)[0] == status


def raw(door: Door, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(15)
        client.connect(str(door.folder / "agent.sock"))
        client.sendall(request)
        return client.makefile("rb").read()


@pytest.mark.parametrize("length", [BODY_MAX + 1, 10**15])
def test_a_huge_body_is_refused_before_it_is_read(door: Door, length: int) -> None:
    head = f"POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    answer = raw(door, head.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"65,536 are allowed" in answer


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣"])
def test_a_body_of_unknown_length_is_refused(door: Door, length: str) -> None:
    head = f"POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    assert raw(door, head.encode()).startswith(b"HTTP/1.1 400 ")


def test_a_second_request_on_the_same_connection_is_answered(door: Door) -> None:
    body = json.dumps({"kind": "aks", "who": "ada"})
    one = f"POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    two = "GET /v1/operations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answers = raw(door, (one + two).encode())
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 200 OK" in answers


def test_without_an_agent_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="does not run") as refused:
        asking.newest(tmp_path)
    assert "groundplan up" in refused.value.try_


def test_an_answer_that_is_none_is_told(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "agent.sock"))
    listener.listen()

    def answer() -> None:
        client, _ = listener.accept()
        client.recv(9999)
        client.sendall(b"220 welcome\r\n")
        client.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with pytest.raises(TargetError, match="no answer that can be used"):
        asking.newest(tmp_path)
    thread.join(5)
    listener.close()

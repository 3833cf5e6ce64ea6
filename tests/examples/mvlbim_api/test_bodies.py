"""Bodies and queries that do not fit: each is refused kindly, none breaks anything."""

import json
import socket

import pytest
from examples.mvlbim_api.api import Api

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"
PROJECT = {"code": "B-1", "name": "Harbour", "country": "NL"}


def event(**fields: object) -> dict[str, object]:
    draft = {"kind": "reading", "source": "crane", "occurred_at": "2026-01-01T00:00:00Z"}
    return draft | fields


@pytest.fixture(scope="module")
def events(shared_api: Api) -> str:
    project = shared_api.post(PROJECTS, PROJECT | {"code": "BODIES"})
    return f"{PROJECTS}/{project.json['id']}/events"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"{} {}", 400),
        (b'{"code": NaN}', 400),
        (b"\xff\xfe", 400),
        (b'\xef\xbb\xbf{"code": "A"}', 400),
        (b'{"name": "\xed\xa0\x80"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"1e999", 422),
        (b"{}", 422),
    ],
)
def test_what_is_not_a_project_is_refused(api: Api, body: bytes, status: int) -> None:
    reply = api.post(PROJECTS, body)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status
    assert api.get("/readyz").status == 200


def test_all_flaws_of_a_body_come_at_once(api: Api) -> None:
    reply = api.post(PROJECTS, {"nme": "x", "code": 7, "country": "Holland", "status": "late"})
    assert reply.status == 422
    flaws = {flaw["field"]: flaw["detail"] for flaw in reply.json["errors"]}
    assert flaws == {
        "nme": "is not a known field; did you mean name?",
        "name": "is required",
        "code": "Expected `str`, got `int`",
        "country": "Expected `str` matching regex '^[A-Z]{2}$'",
        "status": "Invalid enum value 'late'",
    }


def test_a_flaw_inside_a_field_says_where(api: Api, events: str) -> None:
    issues = events.replace("events", "issues")
    place = {"x": 1, "y": "far", "z": 0}
    reply = api.post(issues, {"title": "Crack", "severity": "low", "location": place})
    assert reply.json["errors"] == [
        {"field": "location/y", "detail": "Expected `float`, got `str`"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        event(data={"text": "a\0b"}),
        event(source="a\0b"),
        event(occurred_at="0001-01-01T00:00:00+14:00"),
        event(occurred_at="2026-01-01T00:00:00"),
        event(occurred_at="soon"),
        event(data=[1]),
        event(source="   "),
        event(source="x" * 201),
        {},
    ],
)
def test_values_that_the_database_cannot_hold_are_422(
    api: Api, events: str, body: dict[str, object]
) -> None:
    reply = api.post(events, body)
    assert reply.status == 422, reply
    assert api.get("/readyz").status == 200


def test_any_json_that_fits_is_kept_as_it_was_sent(api: Api, events: str) -> None:
    data = {"": None, "ü\u2028😀": [1.5, -0.0, {"deep": [[]]}], "quote": "'; drop table x; --"}
    reply = api.post(events, event(data=data))
    assert (reply.status, reply.json["data"]) == (201, data)


def test_an_empty_change_changes_nothing(api: Api, events: str) -> None:
    project = events.removesuffix("/events")
    assert api.patch(project, {}).status == 422
    assert api.patch(project, {"code": "NEW"}).status == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("after=yesterday", "after"),
        ("status=late", "status"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_a_query_that_does_not_fit_is_400(api: Api, query: str, field: str) -> None:
    reply = api.get(f"{PROJECTS}?{query}")
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, field)


def test_an_undecodable_query_is_400(api: Api) -> None:
    assert api.get(f"{PROJECTS}?after=%ff").status == 400
    assert api.get(f"{PROJECTS}?{'&'.join(f'a{n}=1' for n in range(50))}").status == 400


def test_a_body_over_a_megabyte_is_413_however_it_comes(api: Api) -> None:
    body = json.dumps(PROJECT | {"name": "x" * 1_000_000}).encode()
    assert api.post(PROJECTS, body).status == 413
    head = (
        f"POST {PROJECTS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        f"{len(body):x}\r\n"
    )
    with socket.create_connection((api.address, api.port), timeout=5) as connection:
        connection.sendall(head.encode() + body + b"\r\n0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_only_plain_json_is_taken(api: Api) -> None:
    assert api.post(PROJECTS, b"code=A", content_type="text/plain").status == 415
    assert api.post(PROJECTS, b"x", content_encoding="gzip").status == 415
    accepted = api.post(PROJECTS, b"{}", content_type="Application/JSON; charset=utf-8")
    assert accepted.status == 422


def test_a_caller_who_leaves_in_the_middle_harms_nobody(api: Api) -> None:
    with socket.create_connection((api.address, api.port), timeout=5) as connection:
        head = f"POST {PROJECTS} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n"
        connection.sendall(head.encode() + b'{"code"')
    assert api.get("/readyz").status == 200
    assert api.get(PROJECTS).status == 200

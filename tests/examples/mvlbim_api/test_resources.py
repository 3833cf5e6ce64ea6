"""Projects, BIM models with versions, site issues, site events, as a caller meets them."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from examples.mvlbim_api.api import Api, Reply
from examples.mvlbim_api.servers import within
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"
NAMED = {"name": "Harbour", "country": "NL"}
VERSION = {"file_name": "tower.ifc", "sha256": "a" * 64, "size_bytes": 1, "author": "Ada"}
_numbers = itertools.count(1)


def new_project(api: Api, **fields: Any) -> dict[str, Any]:
    code = f"P-{next(_numbers)}-{uuid4().hex[:6].upper()}"
    reply = api.post(PROJECTS, {"code": code} | NAMED | fields)
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.json
    return body


def path_of(project: dict[str, Any], *rest: object) -> str:
    return "/".join((PROJECTS, project["id"], *map(str, rest)))


def read_after(api: Api, write: Reply, path: str) -> Reply:
    return api.get(path, x_min_lsn=write.headers["x-lsn"])


def test_a_project_is_created_read_changed_and_listed(api: Api) -> None:
    project = new_project(api)
    changed = api.patch(path_of(project), {"status": "active"}, if_match='"1"')
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert changed.json | {"updated_at": ""} == project | {
        "status": "active",
        "revision": 2,
        "updated_at": "",
    }
    read = read_after(api, changed, path_of(project))
    assert (read.json, read.headers["etag"]) == (changed.json, '"2"')
    listed = read_after(api, changed, f"{PROJECTS}?status=active&limit=100")
    assert changed.json in listed.json["items"]


def test_a_writer_reads_its_own_write_from_the_replica(api: Api) -> None:
    for _ in range(30):
        reply = api.post(PROJECTS, {"code": f"R-{uuid4().hex[:8].upper()}"} | NAMED)
        assert read_after(api, reply, reply.headers["location"]).json == reply.json


def test_a_cached_page_never_lags_behind_a_write(api: Api) -> None:
    project = new_project(api)
    for count in range(1, 21):
        api.get(path_of(project, "events"))
        write = api.post(
            path_of(project, "events"),
            {"kind": "delivery", "source": "gate", "occurred_at": "2026-01-01T07:00:00+01:00"},
        )
        assert write.status == 201
        read_after(api, write, path_of(project, "events"))
        # Once a replica has it, no older answer may come out of the cache.
        assert len(api.get(path_of(project, "events")).json["items"]) == count


def test_a_lagging_replica_cannot_put_an_old_answer_back(tier: Tier, api: Api) -> None:
    project = new_project(api)
    events = path_of(project, "events")
    event = {"kind": "weather", "source": "mast", "occurred_at": "2026-01-01T07:00:00Z"}
    first = api.post(events, event)
    assert len(read_after(api, first, events).json["items"]) == 1
    tier.replica.sql("select pg_wal_replay_pause()")
    try:
        second = api.post(events, event)
        assert len(api.get(events).json["items"]) == 1
        # Who names the write gets it, then from the primary.
        assert len(read_after(api, second, events).json["items"]) == 2
    finally:
        tier.replica.sql("select pg_wal_replay_resume()")
    within(60, "the replica has caught up", tier.is_caught_up)
    assert len(api.get(events).json["items"]) == 2


def test_pages_follow_one_another_without_gap_or_repetition(api: Api) -> None:
    project = new_project(api)
    made = []
    for number in range(7):
        draft = {"title": f"Crack {number}", "severity": "high" if number % 2 else "low"}
        made.append(api.post(path_of(project, "issues"), draft))
    lsn = made[-1].headers["x-lsn"]
    seen: list[str] = []
    after = ""
    while after is not None:
        query = f"?limit=3{f'&after={after}' if after else ''}"
        page = api.get(path_of(project, "issues") + query, x_min_lsn=lsn).json
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert seen == [reply.json["id"] for reply in reversed(made)]
    filtered = api.get(path_of(project, "issues") + "?severity=high", x_min_lsn=lsn).json
    assert len(filtered["items"]) == 3


def test_versions_of_a_model_are_numbered_without_gaps_under_concurrency(api: Api) -> None:
    project = new_project(api)
    model = api.post(path_of(project, "models"), {"name": "Tower", "discipline": "structure"}).json
    versions = path_of(project, "models", model["id"], "versions")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: api.post(versions, VERSION), range(16)))
    assert sorted(reply.json["number"] for reply in replies) == list(range(1, 17))
    last = max(replies, key=lambda reply: reply.json["number"])
    read = read_after(api, last, last.headers["location"])
    assert read.json == last.json
    assert "etag" not in read.headers
    model_path = path_of(project, "models", model["id"])
    assert read_after(api, last, model_path).json["latest_version"] == 16
    page = read_after(api, last, f"{versions}?limit=2&after=4").json
    assert ([item["number"] for item in page["items"]], page["next"]) == ([3, 2], 2)


def test_an_issue_moves_only_along_its_states(api: Api) -> None:
    project = new_project(api)
    issue = api.post(path_of(project, "issues"), {"title": "Leak", "severity": "low"}).json
    path = path_of(project, "issues", issue["id"])
    refused = api.patch(path, {"status": "resolved"})
    assert refused.status == 409
    assert refused.json["errors"] == [
        {"field": "status", "detail": "an issue that is open may become in_progress or closed"}
    ]
    place = {"x": 1.5, "y": 0.0, "z": -2.0}
    moved = api.patch(path, {"status": "in_progress", "assignee": "Ada", "location": place})
    assert (moved.status, moved.json["location"]) == (200, place)
    cleared = api.patch(path, {"assignee": None, "location": None})
    assert (cleared.json["assignee"], cleared.json["location"]) == (None, None)
    assert cleared.json["status"] == "in_progress"


def test_two_changes_of_one_revision_do_not_both_happen(api: Api) -> None:
    project = new_project(api)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(
                lambda n: api.patch(path_of(project), {"name": f"N{n}"}, if_match='"1"').status,
                range(8),
            )
        )
    assert sorted(statuses) == [200, *[412] * 7]
    assert api.patch(path_of(project), {"name": "x"}, if_match="soon").status == 400


def test_what_does_not_exist_is_404(api: Api) -> None:
    project, nowhere = new_project(api), str(uuid4())
    model = {"name": "Tower", "discipline": "civil"}
    issue = {"title": "Crack", "severity": "low"}
    assert api.get(f"{PROJECTS}/{nowhere}").status == 404
    assert api.get(f"{PROJECTS}/{nowhere}/issues").status == 404
    assert api.get(f"{PROJECTS}/not-a-uuid").status == 404
    assert api.get(path_of(project, "issues", nowhere)).status == 404
    assert api.get(path_of(project, "models", nowhere, "versions")).status == 404
    assert api.get(path_of(project, "models", nowhere, "versions", 10**30)).status == 404
    assert api.post(f"{PROJECTS}/{nowhere}/models", model).status == 404
    assert api.post(path_of(project, "models", nowhere, "versions"), VERSION).status == 404
    assert api.patch(path_of(project, "issues", nowhere), issue).status == 404
    foreign = api.post(path_of(project, "issues"), issue | {"model_id": nowhere})
    assert (foreign.status, foreign.json["errors"][0]["field"]) == (422, "model_id")


def test_one_project_does_not_show_anothers_things(api: Api) -> None:
    mine, other = new_project(api), new_project(api)
    issue = api.post(path_of(mine, "issues"), {"title": "Crack", "severity": "low"})
    issue_id = issue.json["id"]
    assert read_after(api, issue, path_of(mine, "issues", issue_id)).status == 200
    assert read_after(api, issue, path_of(other, "issues", issue_id)).status == 404
    assert api.patch(path_of(other, "issues", issue_id), {"title": "Mine now"}).status == 404


def test_the_same_code_twice_is_a_conflict(api: Api) -> None:
    project = new_project(api)
    reply = api.post(PROJECTS, {"code": project["code"]} | NAMED)
    assert reply.status == 409
    assert project["code"] in reply.json["detail"]
    assert reply.headers["content-type"] == "application/problem+json"


def test_an_unknown_method_is_told_what_is_possible(api: Api) -> None:
    reply = api.request("DELETE", PROJECTS)
    assert (reply.status, set(reply.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})
    assert api.request("PUT", f"{PROJECTS}/{uuid4()}").headers["allow"].count("PATCH") == 1
    assert api.request("HEAD", PROJECTS).status == 200

"""One Idempotency-Key, one effect, whatever happens to the caller."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from examples.mvlbim_api.api import Api
from examples.mvlbim_api.conftest import Start
from examples.mvlbim_api.servers import DATABASE
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"


def project() -> dict[str, str]:
    return {"code": f"I-{uuid4().hex[:8].upper()}", "name": "Harbour", "country": "NL"}


def test_twenty_equal_requests_at_once_make_one_project(tier: Tier, api: Api, start: Start) -> None:
    other, body, key = start(tier), project(), str(uuid4())
    together = threading.Barrier(20)

    def post(number: int) -> tuple[int, bytes, str | None]:
        together.wait(timeout=60)
        reply = (api, other)[number % 2].post(PROJECTS, body, idempotency_key=key)
        return reply.status, reply.raw, reply.headers.get("idempotency-replayed")

    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(post, range(20)))
    assert {(status, raw) for status, raw, _ in replies} == {(201, replies[0][1])}
    assert [replayed for _, _, replayed in replies].count(None) == 1
    count = tier.primary.sql(
        f"select count(*) from projects where code = '{body['code']}'", DATABASE
    )
    assert count == "1"


def test_a_repeat_gives_the_same_answer_with_the_same_headers(api: Api) -> None:
    body, key = project(), str(uuid4())
    first = api.post(PROJECTS, body, idempotency_key=key)
    again = api.post(PROJECTS, body, idempotency_key=key)
    assert (again.status, again.raw) == (first.status, first.raw)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


def test_a_change_is_made_once(api: Api) -> None:
    path = api.post(PROJECTS, project()).headers["location"]
    key = str(uuid4())
    first = api.patch(path, {"name": "Port"}, idempotency_key=key, if_match='"1"')
    again = api.patch(path, {"name": "Port"}, idempotency_key=key, if_match='"1"')
    assert (first.status, again.status, again.json["revision"]) == (200, 200, 2)


def test_a_different_request_with_the_same_key_is_refused(api: Api) -> None:
    key, body = str(uuid4()), project()
    assert api.post(PROJECTS, body, idempotency_key=key).status == 201
    assert api.post(PROJECTS, body | {"name": "Other"}, idempotency_key=key).status == 422
    assert api.post(f"{PROJECTS}/{uuid4()}/issues", body, idempotency_key=key).status == 422


def test_a_refused_write_leaves_its_key_free(api: Api) -> None:
    taken, key = project(), str(uuid4())
    api.post(PROJECTS, taken)
    assert api.post(PROJECTS, taken, idempotency_key=key).status == 409
    assert api.post(PROJECTS, project(), idempotency_key=key).status == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\tbed"])
def test_a_key_that_is_none_is_400(api: Api, key: str) -> None:
    assert api.post(PROJECTS, project(), idempotency_key=key).status == 400

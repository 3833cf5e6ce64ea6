"""What the platform sees of a process: probes, figures, log lines, traces, drills, its size."""

from uuid import uuid4

import psutil
import pytest
from examples.mvlbim_api.api import Api
from examples.mvlbim_api.conftest import Start
from examples.mvlbim_api.servers import PASSWORD, within
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"
PROJECT = {"code": "NO-DATABASE", "name": "x", "country": "NL"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def figure(api: Api, name: str, *labels: str) -> float:
    """The sum of a metric's series that carry all of these labels."""
    text = api.get("/metrics").raw.decode()
    return sum(
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.startswith((f"{name} ", f"{name}{{"))
        if all(label in line for label in labels)
    )


def test_it_starts_fast_and_stays_small(tier: Tier, start: Start) -> None:
    api = start(tier, wait=False)
    assert api.process is not None
    process = psutil.Process(api.process.pid)
    within(60, "the API is ready", lambda: api.get("/readyz").status == 200)
    for _ in range(200):
        api.get(PROJECTS)
    assert process.memory_info().rss < 60 * 2**20


def test_every_answer_names_version_region_and_trace(api: Api) -> None:
    for path in (PROJECTS, "/healthz", "/readyz", "/nowhere"):
        reply = api.get(path, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
        assert (reply.headers["x-version"], reply.headers["x-region"]) == ("1.2.3", "eu-west-1")
        assert reply.headers["x-trace-id"] == TRACE
        assert reply.headers["traceparent"].startswith(f"00-{TRACE}-")


def test_a_request_is_one_log_line_that_carries_its_trace(api: Api) -> None:
    trace = uuid4().hex
    api.get(f"{PROJECTS}/{uuid4()}", traceparent=f"00-{trace}-00f067aa0ba902b7-01")

    def lines() -> list[dict[str, object]]:
        return [line for line in api.lines() if line.get("trace.id") == trace]

    within(60, "the line is written", lines)
    (line,) = lines()
    assert line["log.level"] == "info"
    assert line["ecs.version"] == "8.11"
    assert line["parent.id"] == "00f067aa0ba902b7"
    assert (line["http.request.method"], line["http.response.status_code"]) == ("GET", 404)
    assert line["labels.route"] == f"{PROJECTS}/{{id}}"
    assert (line["service.name"], line["service.version"]) == ("mvlbim-api", "1.2.3")
    assert (line["cloud.region"], line["service.environment"]) == ("eu-west-1", "test")
    assert isinstance(line["event.duration"], int)


def test_figures_count_requests_by_route_and_class(api: Api) -> None:
    route = f'route="{PROJECTS}/{{id}}"'
    of_route = ('method="GET"', route, 'version="1.2.3"', 'region="eu-west-1"')
    before = figure(api, "http_requests_total", 'status="4xx"', *of_route)
    api.get(f"{PROJECTS}/{uuid4()}")
    assert figure(api, "http_requests_total", 'status="4xx"', *of_route) == before + 1
    for bucket in ("0.1", "0.2", "0.5"):
        name = "http_request_duration_seconds_bucket"
        assert figure(api, name, f'le="{bucket}"', *of_route) > 0
    assert figure(api, "db_query_duration_seconds_bucket", 'le="0.1"', "projects.read") > 0
    assert figure(api, "http_requests_in_flight") == 1


def test_a_path_made_up_by_a_caller_makes_no_new_series(api: Api) -> None:
    api.get("/first/made/up")
    before = api.get("/metrics").raw.decode().count('route="unmatched"')
    for number in range(20):
        api.get(f"/made/up/{number}")
        api.request(f"METHOD{number}", PROJECTS)
    text = api.get("/metrics").raw.decode()
    assert text.count('route="unmatched"') == before
    assert text.count('method="OTHER"') < 40


def test_the_cache_is_asked_first(api: Api) -> None:
    until_answered_from_the_cache(api)


def test_a_cache_at_one_address_needs_no_sentinels(tier: Tier, start: Start) -> None:
    url = f"redis://:{PASSWORD}@{tier.redis.name}"
    until_answered_from_the_cache(start(tier, REDIS_SENTINELS="", REDIS_MASTER="", REDIS_URL=url))


def until_answered_from_the_cache(api: Api) -> None:
    path = api.post(
        PROJECTS, {"code": f"C-{uuid4().hex[:6].upper()}", "name": "x", "country": "NL"}
    ).headers["location"]

    def is_hit() -> bool:
        before = figure(api, "cache_requests_total", 'result="hit"')
        assert api.get(path).status in (200, 404)
        return figure(api, "cache_requests_total", 'result="hit"') > before

    within(60, "an answer comes from the cache", is_hit)


def test_without_a_database_it_runs_and_says_why_it_is_not_ready(tier: Tier, start: Start) -> None:
    nothing = {"DATABASE_URL": "", "DATABASE_READ_URL": "", "REDIS_SENTINELS": ""}
    api = start(tier, wait=False, **nothing)
    ready = api.get("/readyz")
    assert (ready.status, ready.json["reason"]) == (503, "no database: DATABASE_URL is not set")
    assert api.get("/healthz").status == 200
    for reply in (api.get(PROJECTS), api.post(PROJECTS, PROJECT)):
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        assert reply.headers["content-type"] == "application/problem+json"


def test_a_wrong_password_is_named_in_probe_and_log(tier: Tier, start: Start) -> None:
    wrong = {name: url.replace(PASSWORD, "wrong") for name, url in tier.environment.items()}
    api = start(tier, wait=False, **wrong)
    within(
        60,
        "the API says why",
        lambda: "password authentication failed" in api.get("/readyz").json["reason"],
    )
    within(60, "the log says so", lambda: "InvalidPasswordError" in api.log.read_text())
    assert "wrong" not in api.log.read_text()


def test_faults_for_drills_hit_the_api_only(tier: Tier, start: Start) -> None:
    broken = start(tier, FAULT_ERROR_RATE="1")
    assert broken.get(PROJECTS).status == 500
    assert broken.get("/healthz").status == 200
    assert figure(broken, "http_requests_total", 'status="5xx"', f'route="{PROJECTS}"') == 1
    slow = start(tier, FAULT_LATENCY_MS="80")
    assert slow.get(PROJECTS).status == 200
    assert figure(slow, "http_request_duration_seconds_sum", f'route="{PROJECTS}"') >= 0.08


def test_wrong_variables_end_it_with_one_line_each(tier: Tier) -> None:
    api = tier.api("wrong", PORT="eighty", CACHE_TTL_SECONDS="never")
    api.begin()
    assert api.wait() == 3
    assert sorted(line.partition(":")[0] for line in api.log.read_text().splitlines()) == [
        "CACHE_TTL_SECONDS",
        "PORT",
    ]


def test_an_address_in_use_ends_it_with_an_error_line(tier: Tier, api: Api) -> None:
    second = tier.api("second")
    second.port = api.port
    second.begin()
    assert second.wait() == 3
    errors = [line["message"] for line in second.lines() if line["log.level"] == "error"]
    assert len(errors) == 1
    assert "address already in use" in errors[0]


def test_a_log_that_nobody_reads_stops_nothing(tier: Tier) -> None:
    api = tier.api("unread")
    api.is_log_read = False
    api.start()
    for _ in range(300):  # Some 150 kB of lines; a pipe holds 64.
        assert api.get(PROJECTS).status == 200
    assert figure(api, "log_lines_dropped") == 0
    assert api.terminate() == 0

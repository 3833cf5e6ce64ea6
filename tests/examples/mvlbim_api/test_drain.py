"""SIGTERM under load: whoever is being served is served, whoever comes later goes elsewhere."""

import http.client
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from examples.mvlbim_api.api import Api
from examples.mvlbim_api.conftest import Start
from examples.mvlbim_api.servers import within
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"


def load(first: Api, second: Api, stop: threading.Event) -> Counter[str]:
    """One caller on a kept connection, who moves on when told `connection: close`."""
    seen: Counter[str] = Counter()
    connection = http.client.HTTPConnection(first.address, first.port, timeout=5)
    while not stop.is_set():
        try:
            connection.request("GET", PROJECTS)
            response = connection.getresponse()
            response.read()
        except OSError as error:
            seen[f"failed: {error!r}"] += 1
            connection.close()
            continue
        seen[f"{response.status} by {response.headers['x-version']}"] += 1
        if response.headers["connection"] == "close":
            connection = http.client.HTTPConnection(second.address, second.port, timeout=5)
    connection.close()
    return seen


def test_draining_under_load_fails_no_request(tier: Tier, start: Start) -> None:
    leaving = start(tier, SERVICE_VERSION="leaving", FAULT_LATENCY_MS="20")
    staying = start(tier, SERVICE_VERSION="staying")
    stop = threading.Event()
    with ThreadPoolExecutor(12) as pool:
        callers = [pool.submit(load, leaving, staying, stop) for _ in range(12)]
        served = 'http_requests_total{method="GET",region="eu-west-1",route="/api/v1/projects"'
        within(60, "load flows", lambda: served in leaving.get("/metrics").raw.decode())
        code = leaving.terminate()
        stop.set()
        seen = sum((caller.result(timeout=60) for caller in callers), Counter())
    assert set(seen) == {"200 by leaving", "200 by staying"}
    assert code == 0


def test_a_draining_process_is_not_ready_but_still_serves(tier: Tier, start: Start) -> None:
    api = start(tier, DRAIN_SECONDS="5", FAULT_LATENCY_MS="300")
    assert api.process is not None
    with ThreadPoolExecutor(1) as pool:
        in_flight = pool.submit(api.get, PROJECTS)
        in_flights = "http_requests_in_flight{"
        within(60, "a request is in flight", lambda: in_flights in api.get("/metrics").raw.decode())
        api.process.terminate()
        within(60, "it is not ready", lambda: api.get("/readyz").status == 503)
        assert api.get("/readyz").json["reason"] == "draining"
        began = time.monotonic()
        while time.monotonic() - began < 0.5:
            assert api.get("/healthz").status == 200
        late = api.get(PROJECTS)
        assert (late.status, late.headers["connection"]) == (200, "close")
        assert in_flight.result(timeout=60).status == 200
    assert api.wait() == 0


def test_a_request_longer_than_the_drain_is_finished(tier: Tier, start: Start) -> None:
    api = start(tier, DRAIN_SECONDS="0", FAULT_LATENCY_MS="800")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(api.get, PROJECTS)
        within(60, "it is in flight", lambda: _in_flight(api) > 1)
        assert api.terminate() == 0
        assert slow.result(timeout=60).status == 200


def test_a_second_signal_ends_it_at_once(tier: Tier, start: Start) -> None:
    api = start(tier, DRAIN_SECONDS="30")
    assert api.process is not None
    api.process.terminate()
    within(60, "it drains", lambda: api.get("/readyz").status == 503)
    assert api.terminate() == 0


def _in_flight(api: Api) -> float:
    for line in api.get("/metrics").raw.decode().splitlines():
        if line.startswith("http_requests_in_flight{"):
            return float(line.rpartition(" ")[2])
    return 0

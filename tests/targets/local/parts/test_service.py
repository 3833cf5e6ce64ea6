"""What a service and its jobs are told, and how a job is run."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from data_plane import STABLE, data_plane

from groundplan.design.design import Job
from groundplan.design.parts import CacheLink, DatabaseLink, Process, Service
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.service import ServiceRecipe, run_job

RECIPE = ServiceRecipe()
DATABASE = DatabaseLink(
    name="shop",
    user="app",
    port=5432,
    write_hosts=("127.60.1.1", "127.60.1.2"),
    read_hosts=("127.61.1.1", "127.60.1.1"),
)
CACHE = CacheLink(master_name="cache", sentinels=("127.60.3.1", "127.60.3.2"), sentinel_port=26379)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    write_if_changed(tmp_path / "secrets" / "postgres-app", "p/w@1", mode=0o600)
    write_if_changed(tmp_path / "secrets" / "redis", "hush", mode=0o600)
    return Machine(folder=tmp_path, source=tmp_path, design=data_plane(), account=None)


def service(machine: Machine, **process: object) -> Service:
    part = machine.design.part(STABLE[0])
    assert isinstance(part, Service)
    return replace(part, process=replace(part.process, **process))


def job(*command: str) -> Job:
    process = Process(command=command, workdir=".", environment=(), database=DATABASE)
    return Job(name="shop/migrate", service="shop", version="1.9", process=process, needs=())


def test_python_is_the_python_that_the_platform_runs_with(machine: Machine) -> None:
    assert RECIPE.command(service(machine), machine)[0] == sys.executable
    other = service(machine, command=("node", "server.js"))
    assert RECIPE.command(other, machine) == ("node", "server.js")


def test_service_knows_its_place_and_its_name(machine: Machine) -> None:
    told = dict(RECIPE.environment(service(machine), machine))
    assert told == {
        "HOST": "127.60.10.1",
        "PORT": "8080",
        "REGION": "us-east-1",
        "ENVIRONMENT": "dev",
        "SERVICE_NAME": "shop",
        "SERVICE_VERSION": "1.9",
    }


def test_links_become_variables(machine: Machine) -> None:
    told = dict(RECIPE.environment(service(machine, database=DATABASE, cache=CACHE), machine))
    assert told["DATABASE_URL"] == (
        "postgresql://app:p%2Fw%401@127.60.1.1:5432,127.60.1.2:5432/shop"
        "?target_session_attrs=read-write"
    )
    assert told["DATABASE_READ_URL"] == (
        "postgresql://app:p%2Fw%401@127.61.1.1:5432,127.60.1.1:5432/shop?target_session_attrs=any"
    )
    assert told["REDIS_SENTINELS"] == "127.60.3.1:26379,127.60.3.2:26379"
    assert (told["REDIS_MASTER"], told["REDIS_PASSWORD"]) == ("cache", "hush")


def test_the_file_has_the_last_word(machine: Machine) -> None:
    part = service(machine, cache=CACHE, environment=(("REDIS_MASTER", "mine"), ("A", "1")))
    told = dict(RECIPE.environment(part, machine))
    assert (told["REDIS_MASTER"], told["A"]) == ("mine", "1")


def test_service_runs_where_the_file_says(machine: Machine) -> None:
    assert RECIPE.workdir(service(machine, workdir="api"), machine) == machine.source / "api"


class Ready(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"note")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listening(machine: Machine) -> Iterator[Service]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ready)
    Thread(target=server.serve_forever, daemon=True).start()
    yield replace(service(machine), address="127.0.0.1", port=server.server_port)
    server.shutdown()
    server.server_close()


def test_service_serves_when_it_says_that_it_is_ready(
    machine: Machine, listening: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RECIPE.probe(listening, machine) is None
    monkeypatch.setattr(Ready, "status", 503)
    why = RECIPE.probe(listening, machine)
    assert why is not None
    assert why.endswith("/readyz answers 503: note")
    gone = replace(listening, port=1)
    assert "does not answer" in (RECIPE.probe(gone, machine) or "")


def test_job_gets_the_services_environment_and_leaves_a_log(machine: Machine) -> None:
    show = "import os; print(*(os.environ[n] for n in ('DATABASE_URL', 'REGION', 'SERVICE_NAME')))"
    run_job(job("python", "-c", show), machine)
    url, region, name = (machine.folder / "jobs" / "shop" / "migrate.log").read_text().split()
    assert url.endswith("target_session_attrs=read-write")
    assert (region, name) == ("us-east-1", "shop")


def test_job_that_fails_says_its_last_words(machine: Machine) -> None:
    with pytest.raises(TargetError) as refused:
        run_job(job("python", "-c", "raise SystemExit('no table for two')"), machine)
    assert refused.value.part == "shop/migrate"
    assert "no table for two" in refused.value.why
    assert "no table for two" in (machine.folder / "jobs" / "shop" / "migrate.log").read_text()


def test_job_whose_program_is_missing_says_so(machine: Machine) -> None:
    with pytest.raises(TargetError, match="no-such-program"):
        run_job(job("no-such-program"), machine)

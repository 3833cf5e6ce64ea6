"""What the monitoring parts are told, and that their own tools accept it."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from groundplan.design.design import Design, RegionDesign
from groundplan.design.parts import (
    Alertmanager,
    AnyPart,
    Gateway,
    Postgres,
    PostgresExporter,
    Process,
    Prometheus,
    RedisExporter,
    Role,
    ScrapeJob,
    Service,
)
from groundplan.targets.local.files import File, Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.alertmanager import AlertmanagerRecipe
from groundplan.targets.local.parts.postgres_exporter import PostgresExporterRecipe
from groundplan.targets.local.parts.prometheus import PrometheusRecipe
from groundplan.targets.local.parts.redis_exporter import RedisExporterRecipe

GOLDEN = Path(__file__).parents[3] / "golden" / "local"
NOBODY = "127.99.99.99"  # nothing listens there


def replica(number: int, *, site: str = "north", version: str = "1.4.0") -> Service:
    return Service(
        name=f"{site}/shop-{number}",
        site=site,
        address=f"127.60.10.{number}" if site == "north" else f"127.61.10.{number}",
        service="shop",
        subset="stable",
        version=version,
        port=8000,
        process=Process(command=("serve",), workdir=".", environment=()),
        live_path="/healthz",
        ready_path="/readyz",
        metrics_path="/metrics",
        drain_seconds=5,
    )


def prometheus(site: str = "north") -> Prometheus:
    return Prometheus(
        name=f"{site}/prometheus",
        site=site,
        address="127.60.6.1",
        scrape_seconds=15,
        evaluation_seconds=15,
        retention_days=15,
        jobs=("shop", "gateway", "postgres-exporter", "prometheus"),
        alertmanagers=("127.60.7.1:9093",),
    )


ALERTMANAGER = Alertmanager(name="north/alertmanager", site="north", address="127.60.7.1")
GATEWAY = Gateway(name="north/gateway", site="north", address="127.60.0.1", upstreams=(), routes=())
POSTGRES_EXPORTER = PostgresExporter(
    name="north/postgres-exporter-1", site="north", address="127.60.4.1", server="127.60.1.1"
)
REDIS_EXPORTER = RedisExporter(
    name="north/redis-exporter-1", site="north", address="127.60.5.1", server="127.60.2.1"
)
PARTS: tuple[AnyPart, ...] = (
    GATEWAY,
    replica(1),
    replica(2),
    replica(1, site="south"),
    POSTGRES_EXPORTER,
    REDIS_EXPORTER,
    prometheus(),
    ALERTMANAGER,
)
JOBS = (
    ScrapeJob(
        name="shop",
        metrics_path="/metrics",
        interval_seconds=10,
        parts=("north/shop-1", "north/shop-2", "south/shop-1"),
    ),
    ScrapeJob(
        name="gateway",
        metrics_path="/stats/prometheus",
        interval_seconds=15,
        parts=("north/gateway",),
    ),
    ScrapeJob(
        name="postgres-exporter",
        metrics_path="/metrics",
        interval_seconds=0.5,
        parts=("north/postgres-exporter-1",),
        extra=("10.0.0.7:9187",),
    ),
    ScrapeJob(
        name="prometheus", metrics_path="/metrics", interval_seconds=15, parts=("north/prometheus",)
    ),
    ScrapeJob(name="of another Prometheus", metrics_path="/metrics", interval_seconds=15, parts=()),
)


def machine_of(folder: Path, parts: tuple[AnyPart, ...] = PARTS) -> Machine:
    design = Design(
        platform="shop",
        environment="production",
        entry="127.0.0.1:8080",
        regions=(RegionDesign(name="north", geography="world", role="primary"),),
        parts=parts,
        scrape_jobs=JOBS,
    )
    machine = Machine(folder=folder, source=folder, design=design, account=None)
    machine.make_secrets()
    return machine


def matches_golden(path: Path, files: tuple[File, ...], *, update: bool) -> None:
    shown = "".join(f"==== {file.path} ({file.reading})\n{file.text}" for file in files)
    if update:
        path.write_text(shown)
    assert shown == path.read_text()


def written(files: tuple[File, ...], folder: Path) -> None:
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)


def test_prometheus_files_are_as_before(tmp_path: Path, update: bool) -> None:
    files = PrometheusRecipe().files(prometheus(), machine_of(tmp_path))
    matches_golden(GOLDEN / "prometheus" / "shop.txt", files, update=update)


def test_alertmanager_files_are_as_before(tmp_path: Path, update: bool) -> None:
    files = AlertmanagerRecipe().files(ALERTMANAGER, machine_of(tmp_path))
    matches_golden(GOLDEN / "alertmanager" / "shop.txt", files, update=update)


def test_promtool_accepts_the_prometheus_files(tmp_path: Path) -> None:
    written(PrometheusRecipe().files(prometheus(), machine_of(tmp_path)), tmp_path)
    promtool = shutil.which("promtool")
    assert promtool, "promtool comes with Debian's package `prometheus`"
    check = [promtool, "check", "config", tmp_path / "prometheus.yml"]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_amtool_accepts_the_alertmanager_files(tmp_path: Path) -> None:
    written(AlertmanagerRecipe().files(ALERTMANAGER, machine_of(tmp_path)), tmp_path)
    amtool = shutil.which("amtool")
    assert amtool, "amtool comes with Debian's package `prometheus-alertmanager`"
    check = [amtool, "check-config", tmp_path / "alertmanager.yml"]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_only_the_targets_change_when_a_replica_comes(tmp_path: Path) -> None:
    before = PrometheusRecipe().files(prometheus(), machine_of(tmp_path, PARTS))
    without = tuple(part for part in PARTS if part.name != "north/shop-2")
    fewer = machine_of(tmp_path, without)
    jobs = (replace(JOBS[0], parts=("north/shop-1", "south/shop-1")), *JOBS[1:])
    after = PrometheusRecipe().files(
        prometheus(), replace(fewer, design=replace(fewer.design, scrape_jobs=jobs))
    )
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [(file.path, file.reading) for file in changed] == [("targets.json", Reading.LIVE)]


def groups_of(part: Prometheus, machine: Machine) -> list[dict[str, Any]]:
    files = {file.path: file for file in PrometheusRecipe().files(part, machine)}
    found: list[dict[str, Any]] = json.loads(files["targets.json"].text)
    return found


def test_every_replica_of_the_region_is_a_target_with_its_version(tmp_path: Path) -> None:
    groups = groups_of(prometheus(), machine_of(tmp_path))
    shop = [group for group in groups if group["labels"]["job"] == "shop"]
    assert [group["targets"] for group in shop] == [["127.60.10.1:8000"], ["127.60.10.2:8000"]]
    stored = {name: text for name, text in shop[0]["labels"].items() if name[:2] != "__"}
    assert stored == {
        "job": "shop",
        "region": "north",
        "part": "north/shop-1",
        "service": "shop",
        "subset": "stable",
        "version": "1.4.0",
    }


def test_a_target_is_scraped_as_its_job_says(tmp_path: Path) -> None:
    said = ("job", "__metrics_path__", "__scrape_interval__", "__scrape_timeout__")
    groups = groups_of(prometheus(), machine_of(tmp_path))
    says = [[group["labels"][name] for name in said] for group in groups]
    assert {job: tuple(rest) for job, *rest in says} == {
        "shop": ("/metrics", "10s", "10s"),
        "gateway": ("/stats/prometheus", "15s", "10s"),
        "postgres-exporter": ("/metrics", "500ms", "500ms"),
        "prometheus": ("/metrics", "15s", "10s"),
    }


def test_all_jobs_of_any_name_share_one_watched_file(tmp_path: Path) -> None:
    odd = "../[all] *?\\ jobs"
    machine = machine_of(tmp_path)
    jobs = (replace(JOBS[0], name=odd), *JOBS[1:])
    machine = replace(machine, design=replace(machine.design, scrape_jobs=jobs))
    part = replace(prometheus(), jobs=(odd, "gateway"))
    files = PrometheusRecipe().files(part, machine)
    watched = yaml.safe_load(files[0].text)["scrape_configs"]
    assert [job["file_sd_configs"] for job in watched] == [[{"files": ["targets.json"]}]]
    assert PrometheusRecipe().instances(part) == len(watched)
    assert {group["labels"]["job"] for group in groups_of(part, machine)} == {odd, "gateway"}


def test_a_part_without_metrics_is_no_target(tmp_path: Path) -> None:
    server = Postgres(
        name="north/postgres-1",
        site="north",
        address="127.60.1.1",
        version="15",
        role=Role.PRIMARY,
        member="north_1",
        members=(),
        databases=("shop",),
    )
    machine = machine_of(tmp_path, (*PARTS, server))
    jobs = (replace(JOBS[0], parts=(server.name,)),)
    with pytest.raises(AssertionError, match="north/postgres-1 has no metrics"):
        PrometheusRecipe().files(
            prometheus(), replace(machine, design=replace(machine.design, scrape_jobs=jobs))
        )


def test_secrets_are_variables_and_never_arguments(tmp_path: Path) -> None:
    machine = machine_of(tmp_path)
    database, cache = machine.secret("postgres-monitor"), machine.secret("redis")
    postgres, redis = PostgresExporterRecipe(), RedisExporterRecipe()
    assert dict(postgres.environment(POSTGRES_EXPORTER, machine)) == {
        "DATA_SOURCE_URI": "127.60.1.1:5432/postgres?sslmode=disable",
        "DATA_SOURCE_USER": "monitor",
        "DATA_SOURCE_PASS": database,
    }
    assert dict(redis.environment(REDIS_EXPORTER, machine)) == {
        "REDIS_ADDR": "redis://127.60.2.1:6379",
        "REDIS_PASSWORD": cache,
    }
    arguments = postgres.command(POSTGRES_EXPORTER, machine) + redis.command(
        REDIS_EXPORTER, machine
    )
    assert not [word for word in arguments if database in word or cache in word]


def test_a_part_that_does_not_answer_says_so_in_one_sentence(tmp_path: Path) -> None:
    machine = machine_of(tmp_path)
    reasons = (
        PrometheusRecipe().probe(replace(prometheus(), address=NOBODY), machine),
        AlertmanagerRecipe().probe(replace(ALERTMANAGER, address=NOBODY), machine),
        PostgresExporterRecipe().probe(replace(POSTGRES_EXPORTER, address=NOBODY), machine),
        RedisExporterRecipe().probe(replace(REDIS_EXPORTER, address=NOBODY), machine),
    )
    for reason in reasons:
        assert reason is not None
        assert "does not answer" in reason
        assert "\n" not in reason


def test_whom_the_file_names_is_a_receiver_with_or_without_an_address(tmp_path: Path) -> None:
    machine = machine_of(tmp_path)
    part = replace(ALERTMANAGER, told=("PagerDuty", 'the "desk"'))
    (tmp_path / "secrets" / "notify-pagerduty").write_text("K3Y")
    (file,) = AlertmanagerRecipe().files(part, machine)
    assert file.mode == 0o600
    config = yaml.safe_load(file.text)
    assert config["route"]["routes"][1] == {
        "receiver": 'the "desk"',
        "matchers": ['notify="the \\"desk\\""'],
    }
    assert config["receivers"][1:] == [
        {"name": "PagerDuty", "pagerduty_configs": [{"routing_key": "K3Y"}]},
        {"name": 'the "desk"'},
    ]
    written((file,), tmp_path)
    amtool = shutil.which("amtool")
    assert amtool
    check = [amtool, "check-config", tmp_path / "alertmanager.yml"]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0

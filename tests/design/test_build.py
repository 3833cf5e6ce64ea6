"""What a file means: parts, addresses, links, order."""

from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.parts import (
    Edge,
    Gateway,
    PartKind,
    Postgres,
    Prometheus,
    Redis,
    Role,
    Sentinel,
    Service,
)
from groundplan.design.plan import Sign, compare
from groundplan.design.regions import Chosen
from groundplan.errors import SpecError
from groundplan.spec.load import load

SHOP = """
platform: shop
regions:
  north: {primary: eu-north-1, secondary: eu-west-1}
  south: {primary: sa-east-1, secondary: us-east-2}
services:
  web:
    port: 8000
    command: python -m web --region {region} {untouched}
    migrate: python -m web migrate
    replicas: 2
    metrics_path: /metrics
    env: {MODE: "{environment}", TOKEN: {secret: web, key: token}}
  jobs: {port: 8001, command: python -m jobs}
primary_database:
  engine: postgresql
  version: "15.3"
  multi_az: true
  read_replicas: {count: 3, regions: [eu-west-1, sa-east-1]}
cache_layer:
  engine: redis
  version: "7.0"
  cluster: {num_cache_clusters: 2, automatic_failover: true}
prometheus:
  scrape_configs:
    - job_name: web
      static_configs: [{targets: ["web:8000", "elsewhere:1"]}]
      metrics_path: /metrics
mesh:
  routes:
    - name: web
      http:
        - match: [{uri: {prefix: /jobs}}]
          route: [{destination: {host: jobs}}]
        - route:
            - {destination: {host: web, subset: stable}, weight: 90}
            - {destination: {host: web, subset: canary}, weight: 10}
local: {entry: "127.0.0.1:9000", network: 127.20.0.0}
"""


def designed(
    folder: Path, text: str = SHOP, *, regions: Chosen = None, environment: str | None = None
) -> Design:
    file = folder / "platform.yaml"
    file.write_text(text)
    return build(load(file, environment), regions=regions)


def test_three_regions_run_unless_told_otherwise(tmp_path: Path) -> None:
    names = [(region.name, region.role) for region in designed(tmp_path).regions]
    assert names == [
        ("eu-north-1", "primary"),
        ("eu-west-1", "partner"),
        ("sa-east-1", "secondary"),
    ]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("all", ["eu-north-1", "eu-west-1", "sa-east-1", "us-east-2"]),
        (2, ["eu-north-1", "eu-west-1"]),
        (("us-east-2",), ["eu-north-1", "us-east-2"]),
    ],
)
def test_regions_can_be_chosen_and_the_primary_is_among_them(
    tmp_path: Path, chosen: Chosen, names: list[str]
) -> None:
    assert [region.name for region in designed(tmp_path, regions=chosen).regions] == names


def test_an_unknown_region_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="did you mean eu-west-1"):
        designed(tmp_path, regions=("eu-west-2",))


def test_no_two_parts_listen_at_the_same_place(tmp_path: Path) -> None:
    parts = designed(tmp_path, regions="all").parts
    places = [(part.address, getattr(part, "port", None)) for part in parts if part.address]
    assert len(set(places)) == len(places)


def test_a_region_keeps_its_addresses_whatever_else_runs(tmp_path: Path) -> None:
    few = {p.name: p.address for p in designed(tmp_path, regions=("us-east-2",)).parts}
    many = {p.name: p.address for p in designed(tmp_path, regions="all").parts}
    assert few == {name: many[name] for name in few}
    assert few["us-east-2/gateway"] == "127.23.0.1"


def test_every_part_starts_after_what_it_needs_and_all_start(tmp_path: Path) -> None:
    design = designed(tmp_path, regions="all")
    waves = list(design.waves())
    assert sorted(p.name for wave in waves for p in wave) == sorted(p.name for p in design.parts)
    order = {part.name: number for number, wave in enumerate(waves) for part in wave}
    assert order["eu-north-1/postgres-1"] < order["eu-north-1/web-1"] < order["eu-north-1/gateway"]
    assert order["global/edge"] < order["global/agent"]


def test_postgresql_has_a_primary_a_standby_and_replicas_where_the_file_says(
    tmp_path: Path,
) -> None:
    servers = [p for p in designed(tmp_path).parts if isinstance(p, Postgres)]
    assert [(server.name, server.role) for server in servers] == [
        ("eu-north-1/postgres-1", Role.PRIMARY),
        ("eu-north-1/postgres-2", Role.STANDBY),
        ("eu-west-1/postgres-1", Role.REPLICA),
        ("eu-west-1/postgres-2", Role.REPLICA),
        ("sa-east-1/postgres-1", Role.REPLICA),
    ]
    primary = servers[0]
    assert primary.synchronous == (servers[1].member,)
    assert primary.members == tuple(server.member for server in servers[1:])
    assert {server.upstream for server in servers[1:]} == {primary.address}
    assert (primary.version, primary.databases) == ("15", ("shop",))


def test_services_write_to_the_primary_and_read_in_their_region(tmp_path: Path) -> None:
    design = designed(tmp_path)
    link = next(
        p.process.database for p in design.parts if isinstance(p, Service) and p.site == "sa-east-1"
    )
    assert link is not None
    assert link.write_hosts[0] == design.part("eu-north-1/postgres-1").address
    assert link.read_hosts[0] == design.part("sa-east-1/postgres-1").address
    assert set(link.write_hosts) == set(link.read_hosts)


def test_reads_in_the_primary_region_go_to_the_standby_first(tmp_path: Path) -> None:
    design = designed(tmp_path)
    web = design.part("eu-north-1/web-1")
    assert isinstance(web, Service)
    assert web.process.database is not None
    assert web.process.database.read_hosts[:2] == (
        design.part("eu-north-1/postgres-2").address,
        design.part("eu-north-1/postgres-1").address,
    )


def test_only_known_placeholders_are_filled(tmp_path: Path) -> None:
    web = designed(tmp_path).part("sa-east-1/web-2")
    assert isinstance(web, Service)
    assert web.process.command == ("python", "-m", "web", "--region", "sa-east-1", "{untouched}")
    assert web.process.environment == (("MODE", "production"),)


def test_a_secret_without_a_value_here_is_said(tmp_path: Path) -> None:
    assert any("TOKEN" in note for note in designed(tmp_path).notes)


def test_a_migration_waits_for_the_servers_that_confirm_commits(tmp_path: Path) -> None:
    (job,) = designed(tmp_path).jobs
    assert job.needs == ("eu-north-1/postgres-1", "eu-north-1/postgres-2")
    assert designed(tmp_path).part("sa-east-1/web-1").needs == (job.name,)


def test_each_region_has_redis_and_sentinels_that_can_decide(tmp_path: Path) -> None:
    parts = designed(tmp_path).at("sa-east-1")
    assert [p.role for p in parts if isinstance(p, Redis)] == [Role.PRIMARY, Role.REPLICA]
    assert [p.quorum for p in parts if isinstance(p, Sentinel)] == [2, 2, 2]


def test_without_automatic_failover_no_majority_is_ever_reached(tmp_path: Path) -> None:
    text = SHOP.replace("automatic_failover: true", "automatic_failover: false")
    parts = designed(tmp_path, text).parts
    quorums = {p.quorum for p in parts if isinstance(p, Sentinel)}
    assert quorums == {4}, "three Sentinels must not reach four votes"


def test_routes_are_most_specific_first_and_wait_for_a_release_with_the_canary(
    tmp_path: Path,
) -> None:
    design = designed(tmp_path)
    gateway = design.part("eu-north-1/gateway")
    assert isinstance(gateway, Gateway)
    assert [
        (r.prefix, r.service, [(w.subset, w.percent) for w in r.weights]) for r in gateway.routes
    ] == [
        ("/jobs", "jobs", [("stable", 100)]),
        ("/", "web", [("stable", 100)]),
    ]
    assert any("canary" in note for note in design.notes)


def test_the_edge_knows_every_gateway_and_the_primary_first(tmp_path: Path) -> None:
    edge = designed(tmp_path).part("global/edge")
    assert isinstance(edge, Edge)
    assert (edge.address, edge.port) == ("127.0.0.1", 9000)
    assert [gate.region for gate in edge.gates] == ["eu-north-1", "eu-west-1", "sa-east-1"]


def test_a_scraped_name_means_every_replica_of_the_region_and_the_rest_stays_as_written(
    tmp_path: Path,
) -> None:
    design = designed(tmp_path)
    web = next(job for job in design.scrape("sa-east-1") if job.name == "web")
    assert web.parts == ("sa-east-1/web-1", "sa-east-1/web-2")
    assert web.extra == ("elsewhere:1",)


def test_what_the_file_leaves_out_is_scraped_all_the_same(tmp_path: Path) -> None:
    design = designed(tmp_path)
    scraped = {name for job in design.scrape_jobs for name in job.parts}
    kinds = {design.part(name).kind for name in scraped}
    assert kinds >= {PartKind.GATEWAY, PartKind.POSTGRES_EXPORTER, PartKind.REDIS_EXPORTER}
    prometheus = design.part("sa-east-1/prometheus")
    assert isinstance(prometheus, Prometheus)
    assert set(prometheus.jobs) >= {job.name for job in design.scrape_jobs}


def test_a_replica_more_is_one_action_for_each_region_and_nothing_else(tmp_path: Path) -> None:
    old = designed(tmp_path)
    new = designed(tmp_path, SHOP.replace("replicas: 2", "replicas: 3"))
    plan = compare(old, new)
    assert {(a.sign, a.kind) for a in plan.actions} == {(Sign.CREATE, PartKind.SERVICE)}
    assert len(plan.actions) == len(old.regions)


def test_a_region_more_changes_only_what_knows_its_neighbours(tmp_path: Path) -> None:
    plan = compare(designed(tmp_path, regions=2), designed(tmp_path, regions=3))
    changed = {a.kind for a in plan.actions if a.sign is Sign.UPDATE}
    assert changed == {PartKind.EDGE, PartKind.POSTGRES, PartKind.SERVICE}


def test_a_platform_of_one_static_service_has_nothing_it_did_not_ask_for(tmp_path: Path) -> None:
    text = """
platform: note
regions: {home: {primary: eu-west-1}}
services: {note: {port: 80, command: serve}}
"""
    design = designed(tmp_path, text)
    assert [part.kind for part in design.parts] == [
        PartKind.EDGE,
        PartKind.GATEWAY,
        PartKind.SERVICE,
        PartKind.PROMETHEUS,
        PartKind.ALERTMANAGER,
        PartKind.AGENT,
    ]


def test_too_many_replicas_for_a_block_are_a_finding_with_a_place(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"platform.yaml:11:\d+ .*255 replicas do not fit"):
        designed(tmp_path, SHOP.replace("replicas: 2", "replicas: 255"))


def test_the_design_survives_json(tmp_path: Path) -> None:
    design = designed(tmp_path, regions="all")
    assert Design.from_json(design.to_json()) == design
    assert replace(design, entry="x") != design


def test_replicas_that_should_be_synchronous_are_noted(tmp_path: Path) -> None:
    assert not any("synchronous" in note for note in designed(tmp_path).notes)
    text = SHOP.replace("count: 3, regions", "count: 3, synchronous: true, regions")
    assert any("read_replicas.synchronous" in note for note in designed(tmp_path, text).notes)


def test_too_many_cache_servers_are_a_finding(tmp_path: Path) -> None:
    many = SHOP.replace("num_cache_clusters: 2", f"num_cache_clusters: {10**15}")
    with pytest.raises(SpecError, match=f"{10**15} cache servers do not fit"):
        designed(tmp_path, many)

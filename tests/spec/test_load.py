"""From a path to a Source: places, environments, and files that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.load import Source, load
from groundplan.spec.platform import Platform
from groundplan.spec.rules import FINDINGS_MAX, Rule
from groundplan.units import Duration

SHOP = """\
platform: shop
regions:
  americas:
    primary: us-east-1
    secondary: "ca-central-1"
disaster_recovery: {rto: 4 hours,
  rpo: 1 hour}
services:
  shop-api:
    port: 8080
    labels: {example.com/team: blue}
waf:
  rules:
    - name: sql
      type: sqli
      action: block
    - {name: rate, type: rate_limit, threshold: 10 requests/s, action: block}
deployment_strategy:
  type: blue-green
  rollout_process:
    1. deploy_green: Deploy
environments:
  dev:
    instance_type: t3.medium
    min_capacity: 1
    max_capacity: 3
    overlay:
      disaster_recovery:
        rto: 8 hours
      services:
        shop-api:
          labels: null
          replicas: 0
      waf:
        rules: []
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "platform.yaml"
    path.write_text(SHOP)
    return path


def only_finding(path: Path, environment: str | None = None) -> Finding:
    with pytest.raises(SpecError) as refused:
        load(path, environment)
    assert len(refused.value.findings) == 1
    return refused.value.findings[0]


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("platform", 1, 11),
        ("regions.americas.primary", 4, 14),
        ("regions.americas.secondary", 5, 16),
        ("regions.americas", 3, 3),
        ("disaster_recovery", 6, 20),
        ("disaster_recovery.rto", 6, 26),
        ("disaster_recovery.rpo", 7, 8),
        ("services.shop-api.labels.example.com/team", 11, 32),
        ("waf.rules", 13, 3),
        ("waf.rules[0].action", 16, 15),
        ("waf.rules.1.threshold", 17, 49),
        ("deployment_strategy.rollout_process.1. deploy_green", 21, 22),
        ("services.shop-api.replicas", 9, 3),
        ("waf.rules[7].name", 13, 3),
        ("kpis.availability", 1, 1),
    ],
)
def test_place_of_a_key_or_of_its_nearest_parent(
    shop: Path, path: str, line: int, column: int
) -> None:
    assert load(shop).place(path) == Place(str(shop), line, column)


def test_place_takes_a_tuple_too(shop: Path) -> None:
    source = load(shop)
    assert source.place(("waf", "rules", 1, "threshold")) == source.place("waf.rules[1].threshold")
    assert str(source.place(("disaster_recovery", "rpo"))) == f"{shop}:7:8"


@pytest.mark.parametrize(
    ("path", "stands_there"),
    [
        ("platform", "shop"),
        ("regions.a.primary", '"eins"'),
        ("regions.a", '{primary: "eins"}'),
        ("services", "services"),
        ("services.shop-api.env", "env"),
        ("services.shop-api.env.NOTE", "|\n        two\n        lines\n"),
        ("services.shop-api.command", "[serve, '8080']"),
        ("services.shop-api.command[1]", "'8080'"),
    ],
)
def test_a_place_ends_where_what_stands_there_ends(
    tmp_path: Path, path: str, stands_there: str
) -> None:
    text = """\
platform: shop # a comment
regions: {a: {primary: "eins"}}
services:
  shop-api:
    port: 8080
    env:
      NOTE: |
        two
        lines
    command: [serve, '8080']
"""
    file = tmp_path / "platform.yaml"
    file.write_text(text)
    place = load(file).place(path)
    assert place.end is not None
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    begin = starts[place.line - 1] + place.column - 1
    end = starts[place.end[0] - 1] + place.end[1] - 1
    assert text[begin:end] == stands_there


def test_a_key_that_repeats_a_name_ends_nowhere_before_its_place(tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(
        "platform: &shop shop\nregions: {a: {primary: eins}}\nimplementation_timeline:\n"
        "  - *shop : 1\n    months: 1-2\n    tasks: [x]\n"
    )
    with pytest.raises(SpecError) as refused:
        load(file)
    for finding in refused.value.findings:
        place = finding.place
        assert place
        assert place.end is None or (place.line, place.column) <= place.end


def test_an_environment_is_laid_over_the_file(shop: Path) -> None:
    source = load(shop, "dev")
    assert source.platform.disaster_recovery is not None
    assert source.platform.waf is not None
    assert str(source.platform.disaster_recovery.rto) == "8 hours"
    assert str(source.platform.disaster_recovery.rpo) == "1 hour"
    assert source.platform.services["shop-api"].replicas == 0
    assert source.platform.services["shop-api"].labels == {}
    assert source.platform.waf.rules == ()


def test_what_an_overlay_changes_stands_in_the_overlay(shop: Path) -> None:
    plain, laid = load(shop), load(shop, "dev")
    assert plain.place("disaster_recovery.rto").line == 6
    assert laid.place("disaster_recovery.rto").line == 29
    assert laid.place("disaster_recovery.rpo").line == 7
    assert laid.place("waf.rules").line == 35


def test_without_an_environment_nothing_is_laid_over(shop: Path) -> None:
    source = load(shop)
    assert source.environment is None
    assert source.platform.services["shop-api"].replicas == 1


def test_an_unknown_environment_is_told_with_the_known_ones(shop: Path) -> None:
    finding = only_finding(shop, "dve")
    assert finding.rule == Rule.WRONG_OVERLAY
    assert finding.why == "it has: dev"
    assert finding.try_ == 'did you mean "dev"?'
    assert finding.place == Place(str(shop), 22, 1)


def test_the_digest_is_of_the_bytes(shop: Path) -> None:
    before = load(shop).digest
    assert load(shop, "dev").digest == before
    shop.write_text(SHOP + "# more\n")
    assert load(shop).digest != before


def test_a_source_cannot_be_changed(shop: Path) -> None:
    source: Source = load(shop)
    with pytest.raises(AttributeError):
        source.environment = "dev"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        source.platform.platform = "other"


def test_a_platform_needs_no_file() -> None:
    platform = Platform.model_validate(
        {
            "platform": "my-shop",
            "regions": {"americas": {"primary": "us-east-1"}},
            "services": {"shop-api": {"port": 8080, "command": "python -m 'shop api'"}},
            "primary_database": {"engine": "postgresql", "version": 15.3},
        }
    )
    service = platform.services["shop-api"]
    assert service.command == ("python", "-m", "shop api")
    assert (service.health.live, service.health.ready) == ("/healthz", "/healthz")
    assert service.drain == Duration.parse("10s")
    assert platform.database_names == ("my_shop",)
    assert platform.local.entry == "127.0.0.1:8080"


def test_ready_is_where_live_is_unless_written() -> None:
    platform = Platform.model_validate(
        {
            "platform": "shop",
            "regions": {"americas": {"primary": "us-east-1"}},
            "services": {"shop-api": {"port": 8080, "health": {"live": "/up"}}},
        }
    )
    assert platform.services["shop-api"].health.ready == "/up"


def test_findings_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("zzz: 1\nplatform: Shop\naaa: 1\nregions: {a: {primary: B, b: 1, b: 2}}\n")
    with pytest.raises(SpecError) as refused:
        load(path)
    places = [finding.place for finding in refused.value.findings]
    assert places == sorted(place for place in places if place)
    assert len(places) == 6


def test_a_large_platform_loads(tmp_path: Path) -> None:
    services = "".join(f"  service-{number}: {{port: 8080}}\n" for number in range(5_000))
    path = tmp_path / "platform.yaml"
    path.write_text(f"platform: shop\nregions: {{a: {{primary: b}}}}\nservices:\n{services}")
    assert len(load(path).platform.services) == 5_000


def test_more_environments_than_anyone_runs_are_refused(tmp_path: Path) -> None:
    machines = "instance_type: t, min_capacity: 1, max_capacity: 1"
    names = "".join(f"  e{n}: {{{machines}, overlay: {{local: {{}}}}}}\n" for n in range(60))
    path = tmp_path / "platform.yaml"
    path.write_text(f"platform: shop\nregions: {{a: {{primary: b}}}}\nenvironments:\n{names}")
    assert only_finding(path).rule == Rule.TOO_LARGE


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "---\n" + text,
        lambda text: text + "...\n",
        lambda text: "%YAML 1.2\n---\n" + text,
        lambda text: "# größe\n" + text,
    ],
)
def test_ordinary_variations_load(shop: Path, change: Callable[[str], str]) -> None:
    shop.write_bytes(change(SHOP).encode())
    assert load(shop).platform.platform == "shop"


def test_findings_without_end_are_told_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(SHOP + "".join(f"key{number}: 1\n" for number in range(5_000)))
    with pytest.raises(SpecError) as refused:
        load(path)
    assert len(refused.value.findings) == FINDINGS_MAX + 1
    assert "there is more" in refused.value.findings[-1].message

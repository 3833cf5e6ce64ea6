"""From a path to a Source: places, environments, and files that cannot be read."""

import gzip
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.load import Source, load
from groundplan.spec.platform import Platform
from groundplan.spec.rules import BYTES_MAX, Rule
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


# Files that cannot be read


def test_a_missing_file_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(SHOP)
    finding = only_finding(tmp_path / "platfrom.yaml")
    assert finding.rule == Rule.UNREADABLE
    assert finding.why == "there is no such file"
    assert finding.try_ == f"did you mean {tmp_path / 'platform.yaml'}?"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    finding = only_finding(tmp_path / "nowhere" / "platform.yaml")
    assert finding.why == "there is no such file"
    assert str(tmp_path / "nowhere") in finding.try_


def test_a_file_in_the_place_of_a_folder_is_told(shop: Path) -> None:
    assert only_finding(shop / "platform.yaml").why == "there is no such file"


def test_a_directory_is_told_with_the_file_in_it(shop: Path) -> None:
    finding = only_finding(shop.parent)
    assert finding.why == "it is a directory"
    assert finding.try_ == f"name the file in it: {shop}"


def test_an_empty_directory_is_told(tmp_path: Path) -> None:
    assert only_finding(tmp_path).try_ == "name a file, for example platform.yaml"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert only_finding(tmp_path / "pipe").rule == Rule.UNREADABLE


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may have 107 characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert only_finding(Path("socket")).rule == Rule.UNREADABLE


def test_a_device_without_an_end_is_refused() -> None:
    assert only_finding(Path("/dev/zero")).rule == Rule.UNREADABLE


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert only_finding(tmp_path / "loop").why == "too many levels of symbolic links"


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_an_impossible_name_is_told(tmp_path: Path, name: str) -> None:
    assert only_finding(tmp_path / name).rule == Rule.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_of_others_is_told(shop: Path) -> None:
    shop.chmod(0)
    finding = only_finding(shop)
    assert finding.why == "this account may not read it"
    assert "chmod" in finding.try_


@pytest.mark.parametrize(
    ("data", "why", "line", "column"),
    [
        (SHOP.encode("utf-16"), "it is UTF-16", 1, 1),
        (gzip.compress(SHOP.encode()), "it is gzip, compressed", 1, 1),
        (b"\x7fELF\x02\x01\x01\0\0\0", "it holds a zero byte", 1, 8),
        (b"platform: shop\nproviders: {primary: \xe9}\n", "the byte 0xe9 here is not UTF-8", 2, 22),
        (
            "platform: é\nname: a\x07b\n".encode(),
            "it holds the control character U+0007 here",
            2,
            8,
        ),
        (b"platform: sh\xc3", "the byte 0xc3 here is not UTF-8", 1, 13),
    ],
)
def test_what_is_not_text_is_told_with_its_place(
    tmp_path: Path, data: bytes, why: str, line: int, column: int
) -> None:
    path = tmp_path / "platform.yaml"
    path.write_bytes(data)
    finding = only_finding(path)
    assert (finding.rule, finding.why) == (Rule.NOT_TEXT, why)
    assert finding.place == Place(str(path), line, column)


def test_ten_megabytes_are_told_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("platform: shop\n" + "# more\n" * 1_500_000)
    finding = only_finding(path)
    assert finding.rule == Rule.TOO_LARGE
    assert finding.message.endswith(f"a platform file has at most {BYTES_MAX:,}")


@pytest.mark.parametrize("piece", ["[", "{a: ", "- ", "? ", "a: &a [*a, "])
def test_the_deepest_nesting_that_fits_is_told(tmp_path: Path, piece: str) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(piece * ((BYTES_MAX - 10) // len(piece)))
    with pytest.raises(SpecError):
        load(path)


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

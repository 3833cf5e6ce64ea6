"""Alerts of a cluster: promtool plays series against the rendered rules, and sees who is told."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import MVLBIM, PLATFORMS, objects
from targets.cloud.test_rules import groups, run, tool

HOME = "gitops/clusters/production-us-east-1/"
PARTNER = "gitops/clusters/production-ca-central-1/"
MINUTES = 60


def of(folder: str, path: Path = MVLBIM) -> dict[str, dict[str, Any]]:
    """The alerts of a cluster's own objects, by group."""
    found = [o for name, o in objects(path) if name == f"{folder}objects/watched.yaml"]
    return {group["name"]: group["rules"][0] for o in found for group in o["spec"]["groups"]}


def told(
    tmp_path: Path, rule: dict[str, Any], series: dict[str, str], minutes: int = MINUTES
) -> bool:
    """Whether somebody is told after a time of these series, one value a minute."""
    rules, test = tmp_path / "rules.yml", tmp_path / "test.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "one", "rules": [rule]}]}))
    expected = {"eval_time": f"{minutes}m", "alertname": rule["alert"], "exp_alerts": []}
    play = {
        "interval": "1m",
        "input_series": [{"series": key, "values": text} for key, text in series.items()],
        "alert_rule_test": [expected],
    }
    test.write_text(
        yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [play]})
    )
    result = run(tool("promtool"), "test", "rules", str(test))
    assert "exp:[]" in result.stdout + result.stderr or result.returncode == 0, result
    return result.returncode != 0


LAG = "pg_replication_lag_seconds"


@pytest.mark.parametrize(
    ("series", "is_told"),
    [({LAG: "10+0x60"}, False), ({LAG: "10x50 400x10"}, True), ({}, True)],
    ids=["near", "far", "nobody says"],
)
def test_a_replica_that_falls_behind(tmp_path: Path, series: dict[str, str], is_told: bool) -> None:
    rule = of(PARTNER)["replication_lag"]
    assert rule["alert"] == "ReplicationLag"
    assert "replication_lag" not in of(HOME)  # the primary is behind nobody
    assert told(tmp_path, rule, series) is is_told


def test_the_exporter_beside_a_replica_asks_the_replica() -> None:
    keys = {
        folder: o["spec"]["data"][0]["remoteRef"]["property"]
        for folder in (HOME, PARTNER)
        for name, o in objects(MVLBIM)
        if name == f"{folder}objects/exporters.yaml"
        and o["kind"] == "ExternalSecret"
        and o["metadata"]["name"] == "postgres-exporter"
    }
    assert keys == {HOME: "database-url", PARTNER: "database-read-url"}


@pytest.mark.parametrize(
    ("group", "series"),
    [
        (
            "application-data",
            'velero_backup_last_successful_timestamp{schedule="mvlbim-application-data"}',
        ),
        (
            "database-copy",
            "kube_cronjob_status_last_successful_time"
            '{namespace="azure-copies",cronjob="database-copy"}',
        ),
    ],
)
def test_a_copy_that_grows_old(tmp_path: Path, group: str, series: str) -> None:
    rule = of(HOME)[f"backup_age.{group}"]
    assert rule["alert"] == "BackupAge"
    hours = 34 if group == "database-copy" else 2
    minutes = hours * 60
    assert told(tmp_path, rule, {series: f"0x{minutes}"}, minutes)  # made at 0, never again
    assert not told(tmp_path, rule, {series: f"0+60x{minutes}"}, minutes)  # a minute ago


def test_a_copy_that_was_never_made_is_told_of(tmp_path: Path) -> None:
    rule = of(HOME)["backup_age.application-data"]
    assert told(tmp_path, rule, {}, minutes=26 * 60)


@pytest.mark.parametrize(("seconds", "is_told"), [("1", False), ("4", True)])
def test_a_page_that_loads_slowly(tmp_path: Path, seconds: str, is_told: bool) -> None:
    rule = of(HOME)["page_load_time"]
    assert rule["alert"] == "PageLoadTime"
    series = 'probe_duration_seconds{job="pages",instance="https://api.mvlbim.example/x"}'
    assert told(tmp_path, rule, {series: f"{seconds}x60"}) is is_told


def test_pages_are_asked_for_where_the_file_has_probes() -> None:
    places = {
        name.split("/")[2]
        for name, o in objects(MVLBIM)
        if o["kind"] == "Probe" and name.endswith("pages.yaml")
    }
    assert {place for place in places if place.startswith("production")} == {
        "production-us-east-1",
        "production-ca-central-1",
        "production-eu-west-1",
    }


def test_slow_queries_burn_their_budget_by_the_rules_of_this_machine(tmp_path: Path) -> None:
    every = [group for group in groups(MVLBIM) if group["name"] == "mvlbim-api.database_query_time"]
    rules, test = tmp_path / "rules.yml", tmp_path / "test.yml"
    rules.write_text(yaml.safe_dump({"groups": every[:1]}))
    labels = 'namespace="mvlbim",job="mvlbim-api"'
    play = {
        "interval": "1m",
        "input_series": [
            {"series": f"db_query_duration_seconds_count{{{labels}}}", "values": "0+600x120"},
            {
                "series": f'db_query_duration_seconds_bucket{{{labels},le="0.1"}}',
                "values": "0+100x120",
            },
        ],
        "alert_rule_test": [
            {
                "eval_time": "90m",
                "alertname": "ErrorBudgetBurnsFast",
                "exp_alerts": [
                    {
                        "exp_labels": {
                            "severity": "page",
                            "slo": "database_query_time",
                            "service": "mvlbim-api",
                            "notify": "PagerDuty",
                        },
                        "exp_annotations": {
                            key: text.replace("{{ $value | humanizePercentage }}", "83.33%")
                            for key, text in _alert(every[0])["annotations"].items()
                        },
                    }
                ],
            }
        ],
    }
    test.write_text(
        yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [play]})
    )
    result = run(tool("promtool"), "test", "rules", str(test))
    assert result.returncode == 0, result.stdout + result.stderr


def _alert(group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in group["rules"] if "alert" in r)
    return found


def test_what_the_file_watches_has_an_alert_of_its_name_in_the_cloud() -> None:
    watched = {rule["labels"].get("slo") for g in groups(MVLBIM) for rule in g["rules"]}
    assert watched >= {
        "availability",
        "api_response_time",
        "database_query_time",
        "page_load_time",
        "replication_lag",
        "backup_age",
    }


def test_proxies_count_at_the_promised_limit() -> None:
    """Between two edges of a histogram a quantile is a guess."""
    workload = next(
        o
        for name, o in objects(MVLBIM)
        if name.endswith("mvlbim-api/production-us-east-1/workload.yaml")
    )
    told = workload["spec"]["template"]["metadata"]["annotations"]
    edges = json.loads(told["sidecar.istio.io/statsHistogramBuckets"])["istiocustom"]
    assert 200 in edges
    assert edges == sorted(edges)


def test_a_platform_without_promises_has_no_alerts_of_them() -> None:
    kinds = {o["kind"] for _, o in objects(PLATFORMS / "bakery.yaml")}
    assert not kinds & {"PrometheusRule", "Probe"}

"""Logs: each class has its pipeline, its policy and its place in the bucket, as long as is kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS, objects, rendered, sources, tree

from groundplan.spec.load import load
from groundplan.targets.cloud.design.lake import lifecycle
from groundplan.targets.cloud.design.log_plan import log_plan
from groundplan.targets.cloud.kubernetes.log_store import about
from groundplan.targets.cloud.render import clusters

LOGS = "gitops/clusters/production-us-east-1/objects/logs.yaml"


def data(path: Path, name: str) -> dict[str, str]:
    """A ConfigMap of the logs."""
    for file, item in objects(path):
        if file == LOGS and item["kind"] == "ConfigMap" and item["metadata"]["name"] == name:
            found: dict[str, str] = item["data"]
            return found
    raise AssertionError(name)


@pytest.fixture
def splunk(tmp_path: Path) -> Path:
    """The example whose security logs also go to Splunk, as the document's do."""
    file = tmp_path / "platform.yaml"
    before = 'filter: "security-enrichment"\n        output: "elasticsearch"'
    text = MVLBIM.read_text()
    assert before in text
    file.write_text(text.replace(before, f'{before[:-1]}, splunk"'))
    return file


def test_each_class_is_kept_for_as_long_as_the_file_says() -> None:
    plan = log_plan(load(MVLBIM, "production"))
    assert plan is not None
    assert [(flow.name, flow.search_days, flow.kept_days) for flow in plan.flows] == [
        ("application", 3, 90),
        ("security", 3, 366),
        ("audit", 3, 2557),
        ("debug", 3, 7),
    ]
    assert all(flow.outputs == ("elasticsearch", "s3") for flow in plan.flows)


def test_without_an_archive_the_search_keeps_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(
        re.sub(r'  archive:\n    after: "3 days"\n    bucket: logs\n', "", MVLBIM.read_text())
    )
    plan = log_plan(load(file, "production"))
    assert plan is not None
    assert [flow.search_days for flow in plan.flows] == [90, 366, 2557, 7]
    assert plan.bucket is None


def test_every_pipeline_is_listed_and_gets_what_the_intake_sends() -> None:
    files = data(MVLBIM, "logstash-pipelines")
    listed = [each["pipeline.id"] for each in yaml.safe_load(files["pipelines.yml"])]
    assert listed == ["intake", "application", "security", "audit", "debug"]
    sent = re.findall(r'send_to => "(\w+)"', files["intake.conf"])
    assert sent == ["audit", "security", "debug", "application"]  # what is kept longest first
    taken = [
        name
        for text in files.values()
        for name in re.findall(r'pipeline \{ address => "(\w+)"', text)
    ]
    assert sorted(taken) == sorted(sent)


def test_brackets_of_every_configuration_are_closed() -> None:
    for name, text in data(MVLBIM, "logstash-pipelines").items():
        bare = re.sub(r"'[^']*'|\"[^\"]*\"|/[^/\n]*/|#.*", "", text)
        assert [bare.count(a) - bare.count(b) for a, b in ("{}", "[]", "()")] == [0, 0, 0], name


def test_secrets_leave_the_message_as_they_do_here() -> None:
    text = data(MVLBIM, "logstash-pipelines")["intake.conf"]
    (pattern,) = re.findall(r"gsub => \[\"message\", '([^']+)'", text)
    line = 'login password=hunter2 "token": "abc" user=x'
    assert re.sub(pattern, r"\1\2[redacted]", line) == (
        'login password=[redacted] "token": "[redacted]" user=x'
    )


def test_a_third_output_is_a_sink_that_is_asked_for(splunk: Path) -> None:
    assert "splunk" not in "".join(data(MVLBIM, "logstash-pipelines").values())
    files = data(splunk, "logstash-pipelines")
    assert 'if "${SPLUNK_URL:}" != ""' in files["security.conf"]
    assert all(word in files["security.conf"] for word in ("opensearch {", "s3 {", "http {"))
    text = "".join(file.text for file in rendered(splunk) if file.path == LOGS)
    assert "splunk-token" in text


def test_policies_delete_when_the_whole_day_is_old_enough() -> None:
    for name, text in data(MVLBIM, "log-policies").items():
        policy: dict[str, Any] = json.loads(text)["policy"]
        names = {state["name"] for state in policy["states"]}
        assert policy["default_state"] in names
        moves = [move for state in policy["states"] for move in state["transitions"]]
        assert all(move["state_name"] in names for move in moves)
        assert moves[0]["conditions"] == {"min_index_age": "4d"}
        (pattern,) = policy["ism_template"][0]["index_patterns"]
        assert pattern == f"{name.removesuffix('.json')}-logs-*"


def test_dashboards_are_those_of_the_file() -> None:
    lines = data(MVLBIM, "log-dashboards")["dashboards.ndjson"].splitlines()
    saved = [json.loads(line) for line in lines]
    assert [each["attributes"]["title"] for each in saved if each["type"] == "dashboard"] == [
        "Application Performance",
        "User Activity",
        "Security Events",
        "Infrastructure Health",
    ]
    known = {each["id"] for each in saved}
    assert all(to["id"] in known for each in saved for to in each["references"])
    assert about("Tea") == ("*", "service.name")


def test_old_logs_lie_in_the_bucket_by_class() -> None:
    text = tree(MVLBIM)["terraform/live/production/us-east-1/main.tf"]
    found = re.findall(r'prefix\s+= "(\w+)/"[^}]*?expire_days\s+= (\d+)', text)
    assert found == [
        ("application", "90"),
        ("security", "366"),
        ("audit", "2557"),
        ("debug", "7"),
    ]


def test_nothing_moves_on_the_day_that_it_is_deleted() -> None:
    home = next(iter(clusters(sources(MVLBIM)[-1:], ATLAS)))
    lake = home.platform.data_lake
    assert lake is not None
    rules = {rule["prefix"]: rule for rule in lifecycle(home, lake, "logs")}
    assert rules["application/"]["glacier_days"] is None
    assert rules["security/"]["glacier_days"] == 90
    assert rules["debug/"]["infrequent_days"] is None
    assert [rule["expire_days"] for rule in lifecycle(home, lake, "raw_data")] == [2557]


def test_a_platform_without_a_store_has_none() -> None:
    assert not any("logs.yaml" in name for name in tree(PLATFORMS / "bakery.yaml"))

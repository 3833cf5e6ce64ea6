"""Datadog and New Relic: where the file names them, off until there is a key."""

import json
from pathlib import Path
from typing import Any

import pytest
from targets.cloud.rendering import MVLBIM, objects, tree

from groundplan.spec.load import load
from groundplan.targets.cloud.design.stores import secret_names
from groundplan.targets.cloud.design.vendors import vendors

FILE = "gitops/clusters/production-us-east-1/objects/apm.yaml"


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """The example with what the document says of APM."""
    file, before = tmp_path / "platform.yaml", 'APM: "Jaeger and Prometheus"'
    text = MVLBIM.read_text()
    assert before in text
    file.write_text(text.replace(before, 'APM: "New Relic, Datadog"'))
    return file


def items(path: Path, kind: str) -> list[dict[str, Any]]:
    return [o for name, o in objects(path) if name == FILE and o["kind"] == kind]


def test_nobody_is_told_who_is_not_named() -> None:
    assert FILE not in tree(MVLBIM)
    assert list(vendors(load(MVLBIM).platform)) == []


def test_without_a_key_spans_go_nowhere(named: Path) -> None:
    (collector,) = items(named, "ConfigMap")
    told = json.loads(collector["data"]["collector.json"])
    pipelines = told["service"]["pipelines"]
    assert {name: each["exporters"] for name, each in pipelines.items()} == {
        "traces/datadog": ["${env:DATADOG_EXPORTER:-nop}"],
        "traces/new-relic": ["${env:NEW_RELIC_EXPORTER:-nop}"],
    }
    assert set(told["exporters"]) == {"nop", "datadog", "otlp/new-relic"}
    (deployment,) = items(named, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert all(each["secretRef"]["optional"] for each in container["envFrom"])


def test_with_a_key_the_secret_names_the_exporter(named: Path) -> None:
    found = {o["metadata"]["name"]: o["spec"] for o in items(named, "ExternalSecret")}
    chosen = {name: spec["target"]["template"]["data"] for name, spec in found.items()}
    assert chosen == {
        "apm-datadog": {"DATADOG_EXPORTER": "datadog"},
        "apm-new-relic": {"NEW_RELIC_EXPORTER": "otlp/new-relic"},
    }
    assert {"apm-datadog", "apm-new-relic"} <= set(secret_names(load(named).platform))


def test_jaeger_hands_its_spans_on_and_waits_for_nobody(named: Path) -> None:
    for path, exporters in ((named, 2), (MVLBIM, 1)):
        jaeger = next(o for _, o in objects(path) if o["metadata"]["name"] == "jaeger")
        told = jaeger["spec"]["source"]["helm"]["valuesObject"]["userconfig"]
        assert len(told["service"]["pipelines"]["traces"]["exporters"]) == exporters
        assert set(told["service"]["pipelines"]["traces"]["exporters"]) == set(told["exporters"])
        if exporters == 2:
            assert told["exporters"]["otlp/apm"]["retry_on_failure"] == {"enabled": False}
            assert told["exporters"]["otlp/apm"]["endpoint"].startswith("apm.tracing.")

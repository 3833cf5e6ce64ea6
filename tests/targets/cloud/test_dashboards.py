"""Dashboards of a cluster: found by Grafana's sidecar, with queries that Prometheus reads."""

import json
from pathlib import Path

import yaml
from design.test_objectives import promtool
from targets.cloud.rendering import MVLBIM, objects


def test_each_cluster_has_them_and_promtool_reads_their_queries(tmp_path: Path) -> None:
    maps = [
        each
        for path, each in objects(MVLBIM)
        if path.endswith("production-us-east-1/objects/dashboards.yaml")
    ]
    (found,) = maps
    assert found["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert list(found["data"]) == ["indicators.json", "error-budgets.json", "releases.json"]
    shown = [json.loads(text) for text in found["data"].values()]
    for each in shown:
        names = [variable["name"] for variable in each["templating"]["list"]]
        assert names == ["source", "service"]
    (limits,) = [
        [panel["fieldConfig"]["defaults"].get("thresholds") for panel in each["panels"]]
        for each in shown
        if each["title"].endswith("Indicators")
    ]
    assert limits[1]["steps"][1]["value"] == 0.999
    queries = [
        target["expr"].replace("$service", "mvlbim-api")
        for each in shown
        for panel in each["panels"]
        for target in panel["targets"]
    ]
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(queries)]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"SUCCESS: {len(rules)} rules found" in promtool("check", "rules", path)

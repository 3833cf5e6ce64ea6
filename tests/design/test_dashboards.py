"""Dashboards: Grafana's shape, the promised limits, and PromQL that Prometheus understands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from design.test_objectives import SMALL, WHOLE, built, promtool

from groundplan.design.dashboards import ACROSS, Dashboard, grafana
from groundplan.design.monitored import dashboards


def made(text: str, folder: Path) -> tuple[Dashboard, ...]:
    design = built(text, folder)
    return dashboards(design.promises, design.objectives)


def queries(found: tuple[Dashboard, ...]) -> Iterator[str]:
    for each in found:
        for panel in each.panels:
            yield from (line.query for line in panel.lines)


@pytest.fixture
def shown(tmp_path: Path) -> list[dict[str, Any]]:
    return [grafana(each, "shop") for each in made(WHOLE, tmp_path)]


def test_each_promise_that_is_counted_has_a_budget(tmp_path: Path) -> None:
    found = {each.title: each for each in made(WHOLE, tmp_path)}
    assert list(found) == ["Indicators", "Error budgets", "Releases"]
    titles = [panel.title for panel in found["Error budgets"].panels]
    assert titles == ["availability: burn", "api_response_time: burn", "database_query_time: burn"]
    assert found["Error budgets"].panels[0].limit == 14.4
    assert [each.title for each in made(SMALL, tmp_path)] == ["Indicators", "Releases"]


def test_what_is_promised_is_a_line(tmp_path: Path) -> None:
    limits = {panel.title: panel.limit for panel in made(WHOLE, tmp_path)[0].panels}
    assert limits["API response time, p95"] == 200
    assert limits["Database query time, p95"] == 1
    assert limits["Availability"] == 0.999
    assert limits["Connections"] is None, "nothing is promised of it"


def test_grafana_can_read_them(shown: list[dict[str, Any]]) -> None:
    assert len({each["uid"] for each in shown}) == len(shown)
    for each in shown:
        assert each == json.loads(json.dumps(each))
        assert len(each["uid"]) <= 40
        (variable,) = each["templating"]["list"]
        assert variable["type"] == "datasource"
        numbers = [panel["id"] for panel in each["panels"]]
        assert len(set(numbers)) == len(numbers) > 0
        for panel in each["panels"]:
            assert panel["type"] == "timeseries"
            assert panel["targets"]
            assert panel["datasource"]["uid"] == "${source}"
            assert all(target["expr"] and target["refId"] for target in panel["targets"])
            steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
            assert [step["value"] for step in steps[:1]] in ([], [None])


def test_no_panel_lies_on_another(shown: list[dict[str, Any]]) -> None:
    for each in shown:
        seen: set[tuple[int, int]] = set()
        for panel in each["panels"]:
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            assert not seen & cells
            assert place["x"] + place["w"] <= ACROSS
            seen |= cells


def test_promtool_understands_each_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query}
        for number, query in enumerate(queries(made(WHOLE, tmp_path)))
    ]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"SUCCESS: {len(rules)} rules found" in promtool("check", "rules", path)

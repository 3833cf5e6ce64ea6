"""What Prometheus and Alertmanager would be told is accepted by their own tools."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import MVLBIM, UNRELATED, objects

PLATFORMS = [MVLBIM, *UNRELATED]


def tool(name: str) -> str:
    """Debian's prometheus and prometheus-alertmanager bring them; `make setup` installs both."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not on this machine: make setup")
    return found


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=15)


def groups(path: Path) -> list[dict[str, Any]]:
    found = [item for _, item in objects(path) if item["kind"] == "PrometheusRule"]
    return [group for item in found for group in item["spec"]["groups"]]


def alertmanager(path: Path) -> dict[str, Any]:
    """The configuration among the chart's values, as the chart's own defaults complete it."""
    for _, item in objects(path):
        if item["metadata"]["name"] == "kube-prometheus-stack":
            found: dict[str, Any] = item["spec"]["source"]["helm"]["valuesObject"]["alertmanager"]
            return found
    raise AssertionError(path)


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name + path.stem)
def test_promtool_accepts_the_rules(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    named = [
        {**group, "name": f"{number}.{group['name']}"} for number, group in enumerate(groups(path))
    ]
    file.write_text(yaml.safe_dump({"groups": named}))
    told = run(tool("promtool"), "check", "rules", str(file))
    assert told.returncode == 0, told.stdout + told.stderr


def test_promtool_sees_a_slip(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    group = groups(MVLBIM)[0]
    group["rules"][0]["expr"] = "sum(rate(requests[5m])"
    file.write_text(yaml.safe_dump({"groups": [group]}))
    assert run(tool("promtool"), "check", "rules", str(file)).returncode == 1


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name + path.stem)
def test_amtool_accepts_the_pager(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(alertmanager(path)["config"]))
    told = run(tool("amtool"), "check-config", str(file))
    assert told.returncode == 0, told.stdout + told.stderr


def test_pages_go_to_the_pager_and_its_key_is_no_value(tmp_path: Path) -> None:
    values = alertmanager(MVLBIM)
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(values["config"]))
    words = ("config", "routes", "test", f"--config.file={file}")
    for severity, receiver in (("page", "pager"), ("ticket", "nobody")):
        assert run(tool("amtool"), *words, f"severity={severity}").stdout.strip() == receiver
    (pager,) = next(r for r in values["config"]["receivers"] if r["name"] == "pager")[
        "pagerduty_configs"
    ]
    assert list(pager) == ["routing_key_file"]

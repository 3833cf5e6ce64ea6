"""What a file promises of requests, as counts; promtool reads the rules and tries them."""

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.objectives import GATEWAY, Objective, objectives
from groundplan.design.rules import groups
from groundplan.spec.load import load

SMALL = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
services:
  web:
    port: 8080
    command: serve {address}
"""
WHOLE = (
    SMALL
    + """\
prometheus:
  alerts:
    - { watches: availability, notify: PagerDuty }
kpis:
  availability: { target: "99.9%" }
  performance:
    api_response_time: "< 200ms (p95)"
    database_query_time: "< 1s (p99)"
    page_load_time: "< 3s"
"""
)
XX = f"envoy_http_downstream_rq_xx{{{GATEWAY},envoy_response_code_class="


def built(text: str, folder: Path) -> Design:
    path = folder / "platform.yaml"
    path.write_text(text)
    return build(load(path))


def named(text: str, folder: Path) -> dict[str, Objective]:
    path = folder / "platform.yaml"
    path.write_text(text)
    return {each.name: each for each in objectives(load(path))}


def promtool(*words: str | Path) -> str:
    found = shutil.which("promtool")
    assert found, "promtool comes with Debian's package `prometheus`"
    result = subprocess.run([found, *words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def rules_file(folder: Path) -> Path:
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": groups(built(WHOLE, folder).objectives)}))
    return path


def test_a_file_without_indicators_has_none(tmp_path: Path) -> None:
    assert named(SMALL, tmp_path) == {}


def test_each_indicator_that_is_counted_in_requests_is_one(tmp_path: Path) -> None:
    found = named(WHOLE, tmp_path)
    assert {name: each.target for name, each in found.items()} == {
        "availability": Decimal("0.999"),
        "api_response_time": Decimal("0.95"),
        "database_query_time": Decimal("0.99"),
    }
    assert found["availability"].budget == Decimal("0.001")
    assert found["availability"].notify == "PagerDuty"
    assert found["api_response_time"].statement == "95% have a api response time of at most 200ms"


def test_a_bucket_is_named_the_way_every_client_writes_it(tmp_path: Path) -> None:
    found = named(WHOLE, tmp_path)
    assert 'le=~"200([.]0)?"' in found["api_response_time"].bad
    assert 'le=~"1([.]0)?"' in found["database_query_time"].bad
    odd = named(WHOLE.replace("< 1s", "< 250ms"), tmp_path)
    assert 'le=~"0[.]25"' in odd["database_query_time"].bad


def test_a_promise_of_everything_leaves_no_budget(tmp_path: Path) -> None:
    assert "availability" not in named(WHOLE.replace("99.9%", "100%"), tmp_path)


def test_the_gateway_counts_at_the_edge_that_is_promised(tmp_path: Path) -> None:
    design = built(WHOLE.replace("< 200ms", "< 220ms"), tmp_path)
    edges = {part.kind.value: part for part in design.parts}["gateway"]
    assert getattr(edges, "time_edges_ms") == (220.0,)  # noqa: B009


def test_a_design_keeps_its_objectives_exactly(tmp_path: Path) -> None:
    design = built(WHOLE, tmp_path)
    assert Design.from_json(design.to_json()).objectives == design.objectives


def test_promtool_accepts_the_rules(tmp_path: Path) -> None:
    assert "SUCCESS" in promtool("check", "rules", rules_file(tmp_path))


def counted(total: str, bad: str) -> list[dict[str, str]]:
    return [{"series": f'{XX}"2"}}', "values": total}, {"series": f'{XX}"5"}}', "values": bad}]


# A request counter each minute: `+a x n` adds a each minute, n times.
STORIES: dict[str, tuple[list[dict[str, str]], str, str, bool]] = {
    # 2 % of 100 requests a minute: 20 times too fast.
    "errors wake somebody": (counted("0+98x120", "0+2x120"), "1h30m", "Fast", True),
    # After 100 minutes of them none: half an hour holds less than 9 bad minutes at 121.
    "recovery resolves": (counted("0+98x240", "0+2x100 200x140"), "2h5m", "Fast", False),
    # Half a percent: too slow to wake anybody, but a ticket.
    "a slow burn is no page": (counted("0+995x200", "0+5x200"), "3h", "Fast", False),
    "a slow burn is a ticket": (counted("0+995x200", "0+5x200"), "3h", "s", True),
    # Three requests an hour, one of them failed.
    "one of three is no page": (
        counted("0x20 1x20 2x400", "0x30 1x420"),
        "45m",
        "Fast",
        False,
    ),
    "one of three is no ticket": (counted("0x20 1x20 2x400", "0x30 1x420"), "3h", "s", False),
    # A busy good hour outweighs a quiet bad minute (an average of ratios would page here).
    "busy counts more": (
        counted("0+10000x59 590000+2x5", "0x59 0+8x5"),
        "64m",
        "Fast",
        False,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_promtool_tries_the_rules(story: str, tmp_path: Path) -> None:
    series, at, alert, fires = STORIES[story]
    name = f"ErrorBudgetBurn{alert if alert == 's' else 's' + alert}"
    severity = "ticket" if alert == "s" else "page"
    test = {
        "rule_files": [str(rules_file(tmp_path))],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "promql_expr_test": [_firing(name, severity, at, fires=fires)],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(test))
    assert "SUCCESS" in promtool("test", "rules", path)


def _firing(name: str, severity: str, at: str, *, fires: bool) -> dict[str, Any]:
    query = f'count(ALERTS{{alertname="{name}",severity="{severity}",slo="availability"}})'
    samples = [{"labels": "{}", "value": 1}] if fires else []
    return {"expr": query, "eval_time": at, "exp_samples": samples}

"""`plan` shows what `up` would change, and changes nothing."""

import json

import pytest
from cli.doubles import DESIGN, GREW, Prompt

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.regions import regions_named


def test_the_plan_is_grouped_by_site_with_old_and_new(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built, prompt.target.wanted = DESIGN, GREW
    told = prompt("plan")
    assert told.code == 0
    shown, _, cloud = told.out.partition("In the cloud: ")
    assert cloud.startswith("capacity $")
    assert shown == (
        "north\n"
        "  ~  redis-1       redis         changed in the file\n"
        "      maxmemory_mb: 256 -> 512\n"
        "  +  alertmanager  alertmanager  new\n"
        "\n"
        "south\n"
        "  ~  redis-1  redis  changed in the file\n"
        "      maxmemory_mb: 256 -> 512\n"
        "\n"
        "global\n"
        "  -  edge  edge  no longer in the file\n"
        "\n"
        "Plan: 1 to add, 2 to change, 1 to remove.\n"
    )
    assert prompt.target.done == []


def test_exit_code_2_only_when_it_was_asked_for(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built, prompt.target.wanted = DESIGN, GREW
    assert prompt("plan").code == 0
    assert prompt("plan", "--detailed-exitcode").code == 2
    prompt.target.built = GREW
    assert prompt("plan", "--detailed-exitcode").code == 0
    assert "No difference: shop (production)" in prompt("plan").out


def test_the_plan_for_programs(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built, prompt.target.wanted = DESIGN, GREW
    plan = json.loads(prompt("plan", "-o", "json").out)
    assert plan["format_version"] == "1.0"
    assert plan["summary"] == {"create": 1, "update": 2, "delete": 1, "replace": 0}
    assert [action["sign"] for action in plan["actions"]] == ["~", "~", "+", "-"]
    first = plan["actions"][0]
    assert first["part"] == "north/redis-1"
    assert first["changes"] == [{"field": "maxmemory_mb", "old": "256", "new": "512"}]


def test_regions_are_a_number_all_or_names() -> None:
    assert regions_named(None) is None
    assert regions_named("all") == "all"
    assert regions_named("3") == 3
    assert regions_named("a, b") == ("a", "b")


@pytest.mark.parametrize("text", ["0", "a,,b", "", ","])
def test_regions_that_are_nothing_are_refused(text: str) -> None:
    with pytest.raises(Mistake):
        regions_named(text)


def test_a_region_that_is_not_in_the_file_is_3_with_a_guess(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("plan", "--regions", "nroth")
    assert told.code == 3
    assert "did you mean north?" in told.err


COSTS = """\
platform: shop
providers: {primary: AWS}
regions:
  europe: {primary: eu-west-1, secondary: eu-central-1}
environments:
  production: {instance_type: c5.large, min_capacity: 2, max_capacity: 4}
services:
  web: {port: 8080, command: "serve {address}"}
"""


def test_the_cloud_costs_what_it_costs_and_then_the_difference(prompt: Prompt) -> None:
    prompt.write(COSTS)
    prompt.target.folder.mkdir()
    first = prompt("plan").out.splitlines()[-1]
    assert first.startswith("In the cloud: capacity $")
    assert "->" not in first
    assert json.loads(prompt("plan", "-o", "json").out)["usd_per_month"]["old"] is None
    assert prompt("up").code == 0
    assert "In the cloud" not in prompt("plan").out
    prompt.write(COSTS.replace("c5.large", "c5.xlarge"))
    line = prompt("plan").out.splitlines()[-1]
    assert "->" in line
    assert "(+$" in line
    month = json.loads(prompt("plan", "-o", "json").out)["usd_per_month"]
    assert month["new"] > month["old"] > 0


def test_a_wrong_table_of_prices_keeps_no_plan_from_being_shown(prompt: Prompt) -> None:
    prompt.write(COSTS)
    (prompt.folder / "facts").mkdir()
    (prompt.folder / "facts" / "prices.csv").write_text("no,such,header\n")
    told = prompt("plan")
    assert told.code == 0
    assert "In the cloud" not in told.out
    assert prompt("check").code == 3

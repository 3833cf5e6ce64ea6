"""Testers, copies and pauses of a rollout, for Argo Rollouts and Istio."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import ATLAS, MVLBIM
from targets.cloud.test_objects import kind_of, problems, schema

from groundplan.spec import rollout as written
from groundplan.spec.load import load
from groundplan.targets.cloud.render import render
from groundplan.units import Percent


@pytest.fixture(scope="module")
def rollout() -> Any:
    """The example's, with every way and a pause."""
    source = load(MVLBIM, "production")
    canary, strategy = source.platform.canary_deployment, source.platform.deployment_strategy
    assert canary
    assert strategy
    ways = {
        "testers": written.Testers(header="x-try-new", value="yes"),
        "mirror": Percent.parse("20"),
        "session_affinity": written.Affinity(cookie="side"),
    }
    update = {
        "canary_deployment": canary.model_copy(update=ways),
        "deployment_strategy": strategy.model_copy(update={"pause_at": (Percent.parse("20"),)}),
    }
    changed = replace(source, platform=source.platform.model_copy(update=update))
    found = next(each for each in _rollouts(render((changed,), ATLAS)))
    return found


def _rollouts(files: Any) -> Iterator[Any]:
    for file in files:
        if file.path.endswith("workload.yaml"):
            yield from (item for item in yaml.safe_load_all(file.text) if item["kind"] == "Rollout")


def test_testers_and_copies_have_routes_of_their_own(rollout: Any) -> None:
    canary = rollout["spec"]["strategy"]["canary"]
    assert canary["trafficRouting"]["managedRoutes"] == [{"name": "testers"}, {"name": "mirror"}]
    steps = canary["steps"]
    assert steps[0] == {"setWeight": 5}
    header, mirror = steps[1]["setHeaderRoute"], steps[2]["setMirrorRoute"]
    assert header["match"] == [{"headerName": "x-try-new", "headerValue": {"exact": "yes"}}]
    assert (mirror["percentage"], mirror["match"]) == (
        20,
        [{"method": {"regex": "GET|HEAD|OPTIONS"}}],
    )
    second = steps.index({"setWeight": 15})
    assert {"setMirrorRoute": {"name": "mirror"}} in steps[:second]


def test_a_pause_without_an_end_waits_for_a_person(rollout: Any) -> None:
    steps = rollout["spec"]["strategy"]["canary"]["steps"]
    where = steps.index({"pause": {}})
    assert steps.index({"setWeight": 25}) < where < steps.index({"setWeight": 35})
    assert steps.count({"pause": {}}) == 1


def test_argo_rollouts_takes_it(rollout: Any) -> None:
    assert schema(kind_of(rollout)) is not None
    assert not list(problems(rollout))

"""In a cluster the autoscaler alone says how many replicas there are, during a release, too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import ATLAS, MVLBIM

from groundplan.checks import facts
from groundplan.checks.capacity import autoscalers
from groundplan.checks.rule import rules_of
from groundplan.checks.subject import Subject
from groundplan.design.scaling import SHRINK_AFTER_SECONDS
from groundplan.spec.load import Source, load
from groundplan.targets.cloud.render import render
from groundplan.units import Percent

PRODUCTION = load(MVLBIM, "production")
STAGING = load(MVLBIM, "staging")


def changed(source: Source, **update: object) -> Source:
    return replace(source, platform=source.platform.model_copy(update=update))


def shared_out(source: Source) -> Source:
    """Blue-green that gives users the other side in shares."""
    strategy = source.platform.deployment_strategy
    assert strategy
    process = {"1. traffic_shift": "10%, then 50%, then 100%"}
    return changed(
        source, deployment_strategy=strategy.model_copy(update={"rollout_process": process})
    )


def by_memory(source: Source, cpu: Percent | None) -> Source:
    """With a target for memory."""
    scaling = source.platform.autoscaling
    assert scaling
    assert scaling.horizontal_pod_autoscaler
    targets = {"target_cpu_utilization": cpu, "target_memory_utilization": Percent.parse("80%")}
    scaler = scaling.horizontal_pod_autoscaler.model_copy(update=targets)
    update = {"horizontal_pod_autoscaler": scaler}
    return changed(source, autoscaling=scaling.model_copy(update=update))


WAYS = {
    "by canary, in a mesh": PRODUCTION,
    "by canary, without one": changed(PRODUCTION, mesh=None),
    "blue-green, at once": STAGING,
    "blue-green, in shares": shared_out(STAGING),
    "blue-green, in shares that nobody shares out": changed(shared_out(STAGING), mesh=None),
    "replica by replica": changed(PRODUCTION, canary_deployment=None, deployment_strategy=None),
}


# How versions take each other's place there, and whether their memory is summed up.
SHARING = {"by canary, in a mesh", "blue-green, in shares"}


@pytest.fixture(params=WAYS, scope="module")
def objects(request: pytest.FixtureRequest) -> list[Any]:
    """Every object of the services in the first region."""
    return rendered(WAYS[request.param])


def rendered(source: Source) -> list[Any]:
    found: list[Any] = []
    for file in render((source,), ATLAS):
        is_object = file.path.startswith("gitops/apps/") and not file.is_kept
        if is_object and not file.path.endswith("kustomization.yaml"):
            found += yaml.load_all(file.text, Loader=yaml.CSafeLoader)
    return found


def of(objects: list[Any], *kinds: str) -> Iterator[Any]:
    return (each for each in objects if each["kind"] in kinds)


def test_the_autoscaler_has_the_number_to_itself(objects: list[Any]) -> None:
    scalers = list(of(objects, "HorizontalPodAutoscaler"))
    workloads = list(of(objects, "Rollout", "Deployment"))
    assert scalers
    assert len(scalers) == len(workloads)
    for scaler, workload in zip(scalers, workloads, strict=True):
        target = scaler["spec"]["scaleTargetRef"]
        assert target["kind"] == workload["kind"]
        assert target["apiVersion"] == workload["apiVersion"]
        assert target["name"] == workload["metadata"]["name"]
        # What git said would be put back with each sync, and the autoscaler would change it again.
        assert "replicas" not in workload["spec"]
        behaviour = scaler["spec"]["behavior"]["scaleDown"]
        assert behaviour["stabilizationWindowSeconds"] == SHRINK_AFTER_SECONDS


def test_the_stable_side_stays_whole_and_the_new_one_is_a_share(objects: list[Any]) -> None:
    """A return waits for nobody, and shares follow the autoscaler's number. A number of its own
    would not; and with a stable side that shrinks the old version could not be kept warm."""
    for rollout in of(objects, "Rollout"):
        strategy = rollout["spec"]["strategy"]
        text = str(strategy)
        assert "dynamicStableScale" not in text
        assert "previewReplicaCount" not in text
        for step in strategy.get("canary", {}).get("steps", ()):
            assert set(step.get("setCanaryScale", {})) <= {"weight"}
            # Argo Rollouts takes no such step otherwise, and the whole rollout not at all.
            assert "setCanaryScale" not in step or "trafficRouting" in strategy["canary"]
        if "trafficRouting" in strategy.get("canary", {}):
            assert strategy["canary"]["scaleDownDelaySeconds"] > 0
            assert "maxSurge" not in strategy["canary"]


@pytest.mark.parametrize("way", WAYS)
def test_an_autoscaler_goes_by_memory_only_where_versions_do_not_stand_together(way: str) -> None:
    """Each version has its memory, with or without load: both would look like more of it."""
    scalers = of(rendered(by_memory(WAYS[way], Percent.parse("70%"))), "HorizontalPodAutoscaler")
    metrics = {each["resource"]["name"] for scaler in scalers for each in scaler["spec"]["metrics"]}
    assert metrics == ({"cpu"} if way in SHARING else {"cpu", "memory"})


@pytest.mark.parametrize("way", WAYS)
def test_the_rule_speaks_where_memory_is_left_out(way: str) -> None:
    source = by_memory(WAYS[way], Percent.parse("70%"))
    subject = Subject(source=source, facts=facts.load(), today=date(2026, 11, 24))
    found = [
        each
        for rule in rules_of(autoscalers)
        for each in rule.check(subject)
        if rule.id == "CAP024"
    ]
    assert bool(found) == (way in SHARING)


def test_an_autoscaler_without_another_target_keeps_memory() -> None:
    for scaler in of(rendered(by_memory(PRODUCTION, None)), "HorizontalPodAutoscaler"):
        assert [each["resource"]["name"] for each in scaler["spec"]["metrics"]] == ["memory"]


def test_a_sync_leaves_what_a_release_moves() -> None:
    for file in render((PRODUCTION,), ATLAS):
        if file.path.endswith("services.yaml") and "clusters" in file.path:
            (found,) = yaml.safe_load_all(file.text)
            spec = found["spec"]["template"]["spec"]
            kinds = {each["kind"] for each in spec["ignoreDifferences"]}
            assert kinds == {"VirtualService", "DestinationRule"}
            return
    raise AssertionError("no ApplicationSet was rendered")

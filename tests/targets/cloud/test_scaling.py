"""In a cluster the autoscaler alone says how many replicas there are, during a release, too."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import ATLAS, MVLBIM

from groundplan.design.scaling import SHRINK_AFTER_SECONDS
from groundplan.spec.load import Source, load
from groundplan.targets.cloud.render import render

PRODUCTION = load(MVLBIM, "production")
STAGING = load(MVLBIM, "staging")


def changed(source: Source, **update: object) -> Source:
    return replace(source, platform=source.platform.model_copy(update=update))


def flipped(source: Source) -> Source:
    """Blue-green that gives everybody the other side at once."""
    strategy = source.platform.deployment_strategy
    assert strategy
    return changed(source, deployment_strategy=strategy.model_copy(update={"steps": ()}))


WAYS = {
    "by canary, in a mesh": PRODUCTION,
    "by canary, without one": changed(PRODUCTION, mesh=None),
    "blue-green": STAGING,
    "blue-green, at once": flipped(STAGING),
    "replica by replica": changed(PRODUCTION, canary_deployment=None, deployment_strategy=None),
}


@pytest.fixture(params=WAYS, scope="module")
def objects(request: pytest.FixtureRequest) -> list[Any]:
    """Every object of the services in the first region."""
    found: list[Any] = []
    for file in render((WAYS[request.param],), ATLAS):
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
        if "trafficRouting" in strategy.get("canary", {}):
            assert strategy["canary"]["scaleDownDelaySeconds"] > 0
            assert "maxSurge" not in strategy["canary"]


def test_a_sync_leaves_what_a_release_moves() -> None:
    for file in render((PRODUCTION,), ATLAS):
        if file.path.endswith("services.yaml") and "clusters" in file.path:
            (found,) = yaml.safe_load_all(file.text)
            spec = found["spec"]["template"]["spec"]
            kinds = {each["kind"] for each in spec["ignoreDifferences"]}
            assert kinds == {"VirtualService", "DestinationRule"}
            return
    raise AssertionError("no ApplicationSet was rendered")

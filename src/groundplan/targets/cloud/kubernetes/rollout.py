"""Rollout or Deployment: the pods of a service, and how a new version takes their place."""

from collections.abc import Iterator
from typing import Any

from groundplan.design.routes import MIRROR, PLAIN, TESTERS, Ways
from groundplan.targets.cloud.design.release import BlueGreen, Canary, Rolling, Words
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names, webhooks
from groundplan.targets.cloud.kubernetes.notices import subscriptions
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, filled, make
from groundplan.targets.cloud.kubernetes.pods import template

A_PERSON: Object = {"pause": {}}  # without an end
FORWARD_SECONDS = 600  # a new version that is not ready by then is given up


def objects(workload: Workload) -> Iterator[Object]:
    """One object. Where an autoscaler owns the number of replicas, none is written."""
    yield make(
        workload.kind,
        workload.name,
        workload.namespace,
        labels=workload.labels,
        annotations=subscriptions(workload) if workload.is_rollout else {},
        spec={
            **({} if workload.scaling else {"replicas": workload.written.replicas}),
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": FORWARD_SECONDS,
            **_strategy(workload),
            "selector": {"matchLabels": workload.selector},
            "template": template(workload),
        },
    )


def _strategy(workload: Workload) -> dict[str, Any]:
    match workload.release:
        case Canary() as canary:
            return _rollout({"canary": _canary(workload, canary)})
        case BlueGreen(weights=()) as sides:
            return _rollout({"blueGreen": _flip(workload, sides)})
        case BlueGreen() as sides:
            return _rollout({"canary": _shift(workload, sides)})
        case Rolling():
            return {
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"},
                }
            }


def _rollout(strategy: dict[str, Any]) -> dict[str, Any]:
    return {
        "progressDeadlineAbort": True,
        "rollbackWindow": {"revisions": 3},  # going back to one of these skips the steps
        "strategy": strategy,
    }


def _canary(workload: Workload, canary: Canary) -> dict[str, Any]:
    ways = canary.ways if workload.splits_by_weight else PLAIN
    steps: list[Object] = _begins(canary.words)
    for number, weight in enumerate(canary.weights, start=1):
        steps += webhooks.steps(workload, canary.words.at("before-step"), weight)
        steps.append({"setWeight": weight})
        if number == 1:  # there are pods by now
            steps += _ways(ways)
        steps.append({"pause": {"duration": f"{canary.pause_seconds}s"}})
        if canary.min_requests:
            steps.append(_enough(workload, canary.min_requests * number))
        if number == 1 and ways.mirror:
            steps.append({"setMirrorRoute": {"name": MIRROR}})  # without a match it is taken away
        steps += webhooks.steps(workload, canary.words.at("after-step"), weight)
        if number - 1 in canary.pauses:
            steps.append(A_PERSON)
    steps += _ends(steps, canary.words)
    analysis = {
        "startingStep": 1,
        "templates": [{"templateName": names.gates(workload)}],
        "args": [names.HASH],
    }
    return {
        **_two_sides(workload, canary.keep_old_seconds, ways),
        **({"analysis": analysis} if workload.gates else {}),
        "steps": steps,
    }


def _begins(words: Words) -> list[Object]:
    """Before the first pod of the new version."""
    return [A_PERSON] if words.start else []


def _ends(steps: list[Object], words: Words) -> list[Object]:
    """Before everybody has it; one word is enough where the file pauses there, too."""
    return [A_PERSON] if words.promote and steps[-1] != A_PERSON else []


def _ways(ways: Ways) -> Iterator[Object]:
    """Routes that the rollout's controller puts before the others, and takes away in the end."""
    if ways.header:
        asks = {"headerName": ways.header, "headerValue": {"exact": ways.value}}
        yield {"setHeaderRoute": {"name": TESTERS, "match": [asks]}}
    if ways.mirror:
        reads = {"method": {"regex": "GET|HEAD|OPTIONS"}}
        yield {
            "setMirrorRoute": {"name": MIRROR, "percentage": ways.mirror, "match": [reads]},
        }


def _enough(workload: Workload, requests: int) -> Object:
    """Holds the step until the canary has had so many requests since it began."""
    wanted = {"name": "requests", "value": str(requests)}
    return {
        "analysis": {
            "templates": [{"templateName": names.enough(workload)}],
            "args": [names.HASH, wanted],
        }
    }


def _shift(workload: Workload, sides: BlueGreen) -> dict[str, Any]:
    """Blue-green in shares: the new side is whole before it has traffic, the old one stays."""
    steps: list[Object] = _begins(sides.words)
    steps += [{"setCanaryScale": {"weight": 100}}, _analysis(names.smoke(workload))]
    for number, weight in enumerate(sides.weights):
        if weight == 100:
            steps += _ends(steps, sides.words)
        steps += webhooks.steps(workload, sides.words.at("before-step"), weight)
        steps.append({"setWeight": weight})
        if weight < 100:
            steps.append({"pause": {"duration": "60s"}})
        steps += webhooks.steps(workload, sides.words.at("after-step"), weight)
        if number in sides.pauses:
            steps.append(A_PERSON)
    if sides.monitor_seconds and workload.gates:
        steps.append(_analysis(names.after(workload), names.HASH))
    return {**_two_sides(workload, sides.keep_old_seconds), "steps": steps}


def _analysis(template_name: str, *args: Object) -> Object:
    return {"analysis": filled(templates=[{"templateName": template_name}], args=list(args))}


def _two_sides(workload: Workload, keep_seconds: int, ways: Ways = PLAIN) -> dict[str, Any]:
    shared = {
        "canaryService": names.canary(workload),
        "stableService": names.stable(workload),
        "abortScaleDownDelaySeconds": keep_seconds,
    }
    if not workload.splits_by_weight:
        return {"maxSurge": "25%", "maxUnavailable": 0, **shared}
    return {
        **shared,
        "minPodsPerReplicaSet": 2,
        "scaleDownDelaySeconds": keep_seconds,
        "trafficRouting": {
            **({"managedRoutes": [{"name": side} for side in ways.sides]} if ways.sides else {}),
            "istio": {
                "virtualService": {"name": workload.name, "routes": list(names.routes(workload))},
                "destinationRule": {
                    "name": workload.name,
                    "canarySubsetName": "canary",
                    "stableSubsetName": "stable",
                },
            },
        },
    }


def _flip(workload: Workload, sides: BlueGreen) -> dict[str, Any]:
    before = webhooks.before_the_flip(workload, names.smoke(workload), sides.words)
    after = {"templates": [{"templateName": names.after(workload)}], "args": [names.HASH]}
    return filled(
        activeService=workload.name,
        previewService=names.preview(workload),
        previewReplicaCount=None if workload.scaling else sides.preview_replicas,
        autoPromotionEnabled=not sides.words.promote,
        prePromotionAnalysis=before,
        postPromotionAnalysis=after if sides.monitor_seconds and workload.gates else None,
        scaleDownDelaySeconds=sides.keep_old_seconds,
    )


KIND = Kind(
    file="workload.yaml",
    sections=("services", "canary_deployment", "deployment_strategy"),
    objects=objects,
)

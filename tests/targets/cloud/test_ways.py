"""Testers, copies and pauses of a rollout, for Argo Rollouts and Istio."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import ATLAS, MVLBIM
from targets.cloud.test_objects import kind_of, problems, schema

from groundplan.spec import rollout as written
from groundplan.spec.load import Source, load
from groundplan.spec.notifications import Notification
from groundplan.spec.services import Counters
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


BOARD = written.Webhook(
    name="change-board", url="https://board.example/ok", when="before-step", token="board"
)
CHECK = written.Webhook(
    name="check", url="https://check.example/", when="after-step", on_refusal="abort", retries=4
)
TOLD = (
    Notification(notify="PagerDuty", when=("failed",)),
    Notification(notify="Slack releases", of=("release",), when=("asks", "failed", "done")),
    Notification(notify="Restores", of=("restore",)),
)
Objects = list[tuple[str, dict[str, Any]]]


def changed(**strategy: Any) -> Source:
    source = load(MVLBIM, "production")
    asked = source.platform.deployment_strategy
    assert asked
    update = {
        "deployment_strategy": asked.model_copy(
            update={"webhooks": (BOARD, CHECK), "approvals": ("start", "promote"), **strategy}
        ),
        "notifications": TOLD,
    }
    return replace(source, platform=source.platform.model_copy(update=update))


def objects_of(source: Source) -> Objects:
    """Those of one site."""
    return [
        (file.path, item)
        for file in render((source,), ATLAS)
        if "production-us-east-1" in file.path and file.path.startswith("gitops/")
        if not file.is_kept and not file.path.endswith("kustomization.yaml")
        for item in yaml.load_all(file.text, Loader=yaml.CSafeLoader)
    ]


def named(found: Objects, kind: str, name: str) -> dict[str, Any]:
    (item,) = (
        item for _, item in found if (item["kind"], item["metadata"]["name"]) == (kind, name)
    )
    assert not list(problems(item))
    return item


@pytest.fixture(scope="module")
def asked() -> Objects:
    return objects_of(changed())


def test_who_has_a_word_is_asked_around_each_step(asked: Objects) -> None:
    rollout = named(asked, "Rollout", "mvlbim-api")
    steps = rollout["spec"]["strategy"]["canary"]["steps"]
    assert steps[0] == {"pause": {}}  # an approval to start
    assert steps[-1] == {"pause": {}}  # and one before everybody has it
    (before, weight) = steps[1:3]
    assert weight == {"setWeight": 5}
    assert before["analysis"]["templates"] == [{"templateName": "mvlbim-api-asks-change-board"}]
    assert before["analysis"]["args"] == [{"name": "weight", "value": "5"}]
    after = [step for step in steps if "mvlbim-api-asks-check" in str(step)]
    assert len(after) == sum("setWeight" in step for step in steps)


def test_a_webhook_holds_for_a_day_or_aborts(asked: Objects) -> None:
    (board,) = named(asked, "AnalysisTemplate", "mvlbim-api-asks-change-board")["spec"]["metrics"]
    (check,) = named(asked, "AnalysisTemplate", "mvlbim-api-asks-check")["spec"]["metrics"]
    assert (board["consecutiveErrorLimit"], check["consecutiveErrorLimit"]) == (8640, 4)
    headers = {each["key"]: each["value"] for each in board["provider"]["web"]["headers"]}
    assert headers["Authorization"] == "Bearer {{args.token}}"
    secret = named(asked, "ExternalSecret", "mvlbim-api-hook-board")
    (data,) = secret["spec"]["data"]
    assert data["remoteRef"]["key"] == "mvlbim/production/hook-board"


def test_who_is_told_of_releases_is_subscribed(asked: Objects) -> None:
    rollout = named(asked, "Rollout", "mvlbim-api")
    told = {
        key.removeprefix("notifications.argoproj.io/subscribe."): value
        for key, value in rollout["metadata"]["annotations"].items()
    }
    assert told == {
        "on-rollout-aborted.pagerdutyv2": "pagerduty",
        "on-rollout-paused.slack-releases": "",
        "on-rollout-aborted.slack-releases": "",
        "on-rollout-completed.slack-releases": "",
    }
    chart = named(asked, "Application", "argo-rollouts")["spec"]["source"]["helm"]
    values = chart["valuesObject"]["notifications"]
    hook = yaml.safe_load(values["notifiers"]["service.webhook.slack-releases"])
    assert hook["url"] == "$notify-slack-releases"
    template = yaml.safe_load(values["templates"]["template.rollout-aborted"])
    assert "was taken back" in template["webhook"]["slack-releases"]["body"]
    assert template["pagerdutyv2"]["severity"] == "critical"
    assert yaml.safe_load(values["triggers"]["trigger.on-rollout-aborted"]) == [
        {"send": ["rollout-aborted"]}
    ]
    secret = named(asked, "ExternalSecret", "argo-rollouts-notification-secret")
    assert [each["secretKey"] for each in secret["spec"]["data"]] == [
        "notify-pagerduty",
        "notify-slack-releases",
    ]
    store = named(asked, "ClusterSecretStore", "aws-secrets-manager")
    assert "argo-rollouts" in store["spec"]["conditions"][0]["namespaces"]


def test_blue_green_in_shares_pauses_where_the_file_says() -> None:
    shares = ({"shift": "x"}, {"traffic_shift": "10% -> 50% -> 100%"})
    half = (Percent.parse("50"),)
    found = objects_of(changed(type="blue-green", rollout_process=shares, pause_at=half))
    steps = named(found, "Rollout", "mvlbim-api")["spec"]["strategy"]["canary"]["steps"]
    weights = [step.get("setWeight") for step in steps]
    pause = steps.index({"pause": {}}, weights.index(50))
    assert weights.index(50) < pause < weights.index(100)
    assert steps[0] == {"pause": {}}
    assert steps.count({"pause": {}}) == 2  # the one at 50 % is the word before everybody has it


def test_blue_green_at_once_waits_for_a_person_and_asks() -> None:
    found = objects_of(changed(type="blue-green", rollout_process=(), pause_at=()))
    flip = named(found, "Rollout", "mvlbim-api")["spec"]["strategy"]["blueGreen"]
    assert flip["autoPromotionEnabled"] is False
    before = [each["templateName"] for each in flip["prePromotionAnalysis"]["templates"]]
    assert before == ["mvlbim-api-smoke", "mvlbim-api-asks-change-board"]


def test_a_worker_is_judged_by_its_own_counters() -> None:
    source = changed()
    worker = source.platform.services["mvlbim-api"].model_copy(
        update={"counters": Counters(ended="jobs_total", failed='jobs_total{outcome="failed"}')}
    )
    services = {**source.platform.services, "mvlbim-api": worker}
    found = objects_of(
        replace(source, platform=source.platform.model_copy(update={"services": services}))
    )
    metrics = named(found, "AnalysisTemplate", "mvlbim-api-gates")["spec"]["metrics"]
    assert [each["name"] for each in metrics] == ["error-rate"]
    query = metrics[0]["provider"]["prometheus"]["query"]
    pods = 'namespace="mvlbim",rollouts_pod_template_hash="{{args.hash}}"'
    failed = f'jobs_total{{outcome="failed",{pods}}}'
    assert query == f"sum(rate({failed}[2m]))\n/\nsum(rate(jobs_total{{{pods}}}[2m]))\n"
    canary = named(found, "Rollout", "mvlbim-api")["spec"]["strategy"]["canary"]
    assert "trafficRouting" not in canary


def test_argo_rollouts_takes_it(rollout: Any) -> None:
    assert schema(kind_of(rollout)) is not None
    assert not list(problems(rollout))

"""The file's words become weights, waves, gates and times."""

from dataclasses import replace
from pathlib import Path

import pytest
from operations.delivery.samples import rehearsed, twin

from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.plan import plan_for
from groundplan.spec.load import load
from groundplan.spec.platform import Platform
from groundplan.twin.releases import Behaviour

REPOSITORY = Path(__file__).parents[3]
REGIONS = ("us-east-1", "ca-central-1", "eu-west-1")
HEAD = """
platform: shop
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
  europe: {primary: eu-west-1}
services:
  api: {port: 8080, command: ./run}
"""
CANARY = """
canary_deployment:
  initial_traffic: 5
  increment: 10
  interval: 5m
  success_threshold: 95
  max_traffic: 50
  metrics:
    - error_rate: "< 1%"
    - response_time: "< 500ms"
    - cpu_usage: "< 80%"
"""
BLUE_GREEN = """
deployment_strategy:
  type: blue-green
  rollout_process:
    - traffic_shift: Gradually shift traffic (10% -> 50% -> 100%)
    - monitor: Monitor metrics for 30 minutes
  smoke_test: ./smoke {address}
  smoke_paths: [/healthz]
  interval: 2m
  waves:
    - regions: [eu-west-1]
      bake_time: 10m
    - regions: [sa-east-1]
"""


@pytest.fixture
def platform(tmp_path: Path) -> object:
    def written(*sections: str) -> Platform:
        path = tmp_path / "platform.yaml"
        path.write_text(HEAD + "".join(sections))
        return load(path).platform

    return written


def test_the_documents_canary(platform) -> None:
    plan = plan_for(platform(CANARY), "api", REGIONS)
    assert plan.strategy == "canary"
    assert plan.weights == (5, 15, 25, 35, 45, 50, 100)
    assert plan.interval_seconds == 300
    errors, slow = plan.bounds
    assert (errors.limit, errors.ceiling) == (0.01, pytest.approx(0.05))
    assert (slow.limit, slow.over_seconds) == (pytest.approx(0.05), 0.5)
    assert plan.unjudged == ("cpu_usage < 80%",)
    assert [wave.regions for wave in plan.waves] == [REGIONS]


def test_a_level_is_judged_when_the_file_sets_its_limit(platform, tmp_path: Path) -> None:
    limited = "  api: {port: 8080, command: ./run, resources: {limits: {cpu: 500m}}}"
    text = (HEAD + CANARY).replace("  api: {port: 8080, command: ./run}", limited)
    path = tmp_path / "limited.yaml"
    path.write_text(text)
    plan = plan_for(load(path).platform, "api", REGIONS)
    assert [(level.name, level.limit) for level in plan.levels] == [("cpu_usage", 0.8)]
    assert not plan.unjudged


def test_blue_green_with_waves_of_the_regions_that_run(platform) -> None:
    plan = plan_for(platform(BLUE_GREEN), "api", REGIONS)
    assert plan.full_size
    assert plan.weights == (10, 50, 100)
    assert plan.smoke_test == ("./smoke", "{address}")
    assert plan.smoke_paths == ("/healthz",)
    assert plan.interval_seconds == 120
    assert [(wave.regions, wave.bake_seconds) for wave in plan.waves] == [
        (("eu-west-1",), 600),
        (("us-east-1", "ca-central-1"), 1800),
    ]


def test_the_example_goes_by_canary_to_everybody() -> None:
    source = load(REPOSITORY / "examples/mvlbim/platform.yaml", "production")
    plan = plan_for(source.platform, "mvlbim-api", REGIONS)
    assert plan.weights == (5, 15, 25, 35, 45, 55, 100)
    assert plan.waves[-1].bake_seconds == 1800
    assert plan.min_requests == 2600
    assert not plan.unjudged


def test_the_schema_has_its_time(platform, tmp_path: Path) -> None:
    written = (
        "api: {port: 8080, command: ./run, migrate: ./up, contract: ./less, contract_after: 2h}"
    )
    path = tmp_path / "schema.yaml"
    path.write_text(HEAD.replace("api: {port: 8080, command: ./run}", written))
    plan = plan_for(load(path).platform, "api", REGIONS)
    assert (plan.expands, plan.contracts, plan.reverts) == (True, True, False)
    assert plan.contract_seconds == 7200


def test_a_file_that_says_nothing_gets_a_careful_plan(platform) -> None:
    plan = plan_for(platform(), "api", REGIONS)
    assert plan.weights == (10, 50, 100)
    assert plan.bounds[0].limit == 0.01
    assert plan.judge == "evidence"


def test_a_worker_is_judged_by_its_jobs_and_not_by_times(tmp_path: Path) -> None:
    counters = ", metrics_path: /m, counters: {ended: jobs_total, failed: jobs_failed_total}}"
    file = tmp_path / "platform.yaml"
    file.write_text(HEAD.replace("command: ./run}", f"command: ./run{counters}") + CANARY)
    plan = plan_for(load(file).platform, "api", ("us-east-1",))
    assert [(bound.name, bound.of) for bound in plan.bounds] == [("error_rate", "jobs")]
    assert "response_time < 0.5s" in plan.unjudged
    for share, phase in ((0.002, Phase.DONE), (0.3, Phase.RETURNED)):
        releases = twin(plan, Behaviour.steady(share), requests_per_second=8.0)
        decisions = rehearsed(replace(plan, min_requests=0), releases)
        assert decisions[-1].state.phase is phase
        assert "jobs failed" in decisions[-1].state.judgement.because
    assert "no proof" not in decisions[-1].because


def test_pauses_and_webhooks_are_of_the_plan(tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(
        HEAD
        + CANARY
        + """
deployment_strategy:
  type: canary
  pause_at: [20, 100]
  webhooks:
    - {name: gate, url: "http://localhost:9", when: before-step, retries: 0}
"""
    )
    plan = plan_for(load(file).platform, "api", ("us-east-1",))
    assert [plan.weights[step] for step in plan.pauses] == [25, 100]
    (hook,) = plan.hooks
    assert (hook.name, hook.tries, hook.on_refusal, hook.seconds) == ("gate", 1, "hold", 5)

"""What the steps of a pipeline do, by their words."""

import pytest
from checks import harness

from groundplan.checks.workflow import Step, by_job, is_hosted, runs_after, steps
from groundplan.spec.pipeline import WorkflowJob, WorkflowStep


def step(**keys: object) -> Step:
    return Step(
        job_id="job",
        index=0,
        job=WorkflowJob(),
        step=WorkflowStep.model_validate(keys),
    )


@pytest.mark.parametrize(
    ("command", "deploys"),
    [
        ("kubectl apply -f k8s/", True),
        ("kubectl --context live -n shop set image deployment/api api=shop/api:2", True),
        ("helm upgrade --install shop ./chart", True),
        ("kubectl \\\n  apply -f k8s/", True),
        ("kubectl apply --dry-run=server -f k8s/", False),
        ("kubectl wait --for=condition=available deployment/api", False),
        ("kubectl get pods | grep apply", False),
        ("echo helm", False),
    ],
)
def test_commands_that_change_what_runs(command: str, deploys: bool) -> None:
    assert step(run=command).is_deployment is deploys


@pytest.mark.parametrize(
    ("keys", "pushes"),
    [
        ({"run": "docker push shop/api:1"}, True),
        ({"run": "docker buildx build --push -t shop/api:1 ."}, True),
        ({"uses": "docker/build-push-action@v6", "with": {"push": True}}, True),
        ({"uses": "docker/build-push-action@v6", "with": {"push": False}}, False),
        ({"run": "git push"}, False),
    ],
)
def test_steps_that_push_images(keys: dict[str, object], pushes: bool) -> None:
    assert step(**keys).is_push is pushes


@pytest.mark.parametrize(
    ("keys", "gives"),
    [
        ({"run": "aws eks update-kubeconfig --name shop"}, True),
        ({"uses": "azure/k8s-set-context@v4"}, True),
        ({"env": {"KUBECONFIG": "/run/config"}, "run": "kubectl get pods"}, True),
        ({"run": "kubectl get pods"}, False),
    ],
)
def test_steps_that_give_a_cluster(keys: dict[str, object], gives: bool) -> None:
    assert step(**keys).gives_cluster is gives


@pytest.mark.parametrize(
    ("runs_on", "hosted"),
    [("ubuntu-latest", True), (["windows-2022"], True), (["self-hosted"], False), (None, False)],
)
def test_machines_of_github_know_nothing(runs_on: object, hosted: bool) -> None:
    assert is_hosted(WorkflowJob.model_validate({"runs-on": runs_on})) is hosted


JOBS = """
platform: shop
regions:
  here: {primary: eu-west-1}
pipeline:
  on: push
  jobs:
    a: {steps: [{run: one}, {run: two}]}
    b: {needs: a, steps: [{run: three}]}
    c: {needs: [b, c], steps: [{run: four}]}
    d: {steps: [{run: five}]}
"""


def test_order_of_steps_follows_needs_even_in_a_circle() -> None:
    platform = harness.subject_of(JOBS).platform
    one, two, three, four, five = steps(platform)
    assert runs_after(platform, two, one)
    assert not runs_after(platform, one, two)
    assert runs_after(platform, four, one)
    assert not runs_after(platform, five, one)
    assert not runs_after(platform, three, four)
    assert list(by_job(platform)) == ["a", "b", "c", "d"]

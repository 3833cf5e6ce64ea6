"""terraform-plan.yml and drift.yml: what Terraform would change, for a review and every night."""

from typing import Any

from groundplan.targets.cloud.design.delivery import Delivery
from groundplan.targets.cloud.pipelines import actions

PLAN = """\
terraform init -input=false
terraform plan -input=false -lock=false -no-color
"""
# Exit code 2 is a difference, and fails the job: somebody has to look.
DRIFT = """\
terraform init -input=false
terraform plan -input=false -lock=false -no-color -detailed-exitcode
"""


ASKED_FOR = "echo '::warning::{root} is not looked at: {missing}'\n"
CLOUDFLARE = {"CLOUDFLARE_API_TOKEN": "${{ secrets.CLOUDFLARE_API_TOKEN }}"}
# Azure believes the run's own token; whose it is are three names, which are no secrets.
ENTRA = {
    "ARM_USE_OIDC": "true",
    "ARM_CLIENT_ID": "${{ vars.AZURE_CLIENT_ID }}",
    "ARM_TENANT_ID": "${{ vars.AZURE_TENANT_ID }}",
    "ARM_SUBSCRIPTION_ID": "${{ vars.AZURE_SUBSCRIPTION_ID }}",
    "ARM_RESOURCE_PROVIDER_REGISTRATIONS": "none",  # to register needs more than to read
}
Job = dict[str, Any]


def plan(delivery: Delivery) -> dict[str, Any]:
    """For each change of Terraform's files. A change from a fork gets no role."""
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    return {
        "name": "terraform-plan",
        "on": {"pull_request": {"paths": ["terraform/**"]}},
        "permissions": {},
        "concurrency": {"group": "plan-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": {
            job: {"name": job, "if": same, **steps}
            for job, steps in _jobs(delivery, "plan", ("Plan", PLAN)).items()
        },
    }


def drift(delivery: Delivery) -> dict[str, Any]:
    """Each night: what somebody changed by hand."""
    return {
        "name": "drift",
        "on": {"schedule": [{"cron": "23 3 * * *"}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": "drift", "cancel-in-progress": False},
        "jobs": {
            job: {"name": job, **steps}
            for job, steps in _jobs(delivery, "drift", ("Compare", DRIFT)).items()
        },
    }


def _jobs(delivery: Delivery, name: str, script: tuple[str, str]) -> dict[str, Job]:
    """Every root that is rendered: those of AWS side by side, then those of others, which have
    credentials of their own. Without those a root is not looked at, and the run says so."""
    jobs = {name: _aws(delivery, script)}
    if delivery.has_edge:
        jobs[f"{name}-edge"] = _other(
            "edge",
            CLOUDFLARE,
            actions.take_role(delivery.role("plan"), delivery.region),  # its state is in S3
            script=script,
            missing="the repository has no secret CLOUDFLARE_API_TOKEN",
        )
    if delivery.has_standby:
        jobs[f"{name}-azure"] = _other(
            "azure",
            ENTRA,
            script=script,
            missing="the repository has no variable AZURE_CLIENT_ID",
        )
    return jobs


def _aws(delivery: Delivery, script: tuple[str, str]) -> Job:
    role = actions.take_role(delivery.role("plan"), delivery.region)
    return {
        **_runner(),
        "strategy": {"fail-fast": False, "matrix": {"root": list(delivery.roots)}},
        "steps": [*_tools(), role, _run(script, "${{ matrix.root }}")],
    }


def _other(
    root: str,
    variables: dict[str, str],
    *before: actions.Step,
    script: tuple[str, str],
    missing: str,
) -> Job:
    key = next(name for name, value in variables.items() if value.startswith("${{"))
    steps = [*_tools(), *before, _run(script, root)]
    warn = actions.run("Say that it is not looked at", ASKED_FOR.format(root=root, missing=missing))
    return {
        **_runner(),
        "env": variables,
        "steps": [
            {**warn, "if": f"env.{key} == ''"},
            *({**step, "if": f"env.{key} != ''"} for step in steps),
        ],
    }


def _runner() -> Job:
    return {
        "runs-on": actions.RUNNER,
        "timeout-minutes": 30,
        "permissions": {"contents": "read", "id-token": "write"},
    }


def _tools() -> tuple[actions.Step, ...]:
    return actions.checkout(), actions.use(actions.TERRAFORM, "Terraform")


def _run(script: tuple[str, str], root: str) -> actions.Step:
    return {**actions.run(*script), "working-directory": f"terraform/live/{root}"}

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


def plan(delivery: Delivery) -> dict[str, Any]:
    """For each change of Terraform's files. A change from a fork gets no role."""
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    return {
        "name": "terraform-plan",
        "on": {"pull_request": {"paths": ["terraform/**"]}},
        "permissions": {},
        "concurrency": {"group": "plan-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": {"plan": {"name": "plan", "if": same, **_job(delivery, "Plan", PLAN)}},
    }


def drift(delivery: Delivery) -> dict[str, Any]:
    """Each night: what somebody changed by hand."""
    return {
        "name": "drift",
        "on": {"schedule": [{"cron": "23 3 * * *"}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": "drift", "cancel-in-progress": False},
        "jobs": {"drift": {"name": "drift", **_job(delivery, "Compare", DRIFT)}},
    }


def _job(delivery: Delivery, name: str, script: str) -> dict[str, Any]:
    step = actions.run(name, script)
    return {
        "runs-on": actions.RUNNER,
        "timeout-minutes": 30,
        "permissions": {"contents": "read", "id-token": "write"},
        "strategy": {"fail-fast": False, "matrix": {"root": list(delivery.roots)}},
        "steps": [
            actions.checkout(),
            actions.use(actions.TERRAFORM, "Terraform"),
            actions.take_role(delivery.role("plan"), delivery.region),
            {**step, "working-directory": "terraform/live/${{ matrix.root }}"},
        ],
    }

"""ci.yml: what every change has to pass, with a real database and a real cache."""

from typing import Any

from groundplan.targets.cloud.design.delivery import Delivery, Image
from groundplan.targets.cloud.pipelines import actions

HEALTH = "--health-interval 5s --health-timeout 5s --health-retries 10"
COMMANDS = {
    "python": (
        "pip install -r requirements.txt\npip install pytest ruff pip-audit\n",
        "ruff check .",
        "pip-audit -r requirements.txt",
        "pytest",
    ),
    "node": ("npm ci", "npm run lint", "npm audit --audit-level high", "npm test"),
    "other": ("make setup", "make lint", "make audit", "make test"),
}
NAMES = ("Install", "Lint", "Known weaknesses of what it uses", "Test")


def workflow(delivery: Delivery) -> dict[str, Any]:
    """Tests of each service; Terraform's format and the tests of its logic."""
    return {
        "name": "ci",
        "on": {"pull_request": {}, "push": {"branches": [delivery.branch]}},
        "permissions": {},
        "concurrency": {"group": "ci-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": {
            **{f"test-{image.service}": _test(delivery, image) for image in delivery.images},
            "terraform": _terraform(),
            **({"quality": _quality()} if delivery.has_sonar else {}),
        },
    }


def _test(delivery: Delivery, image: Image) -> dict[str, Any]:
    steps = [actions.checkout()]
    if image.language == "python":
        steps.append(actions.python())
    steps += [
        actions.run(name, command)
        for name, command in zip(NAMES, COMMANDS[image.language], strict=True)
    ]
    job: dict[str, Any] = {
        "name": f"test {image.service}",
        "runs-on": actions.RUNNER,
        "timeout-minutes": 20,
        "permissions": {"contents": "read"},
        "defaults": {"run": {"working-directory": image.directory}},
    }
    services = _services(delivery)
    if services:
        job |= {"services": services, "env": _addresses(delivery)}
    return {**job, "steps": steps}


def _services(delivery: Delivery) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if delivery.database_version:
        found["postgres"] = {
            "image": f"postgres:{delivery.database_version}",
            "env": {"POSTGRES_PASSWORD": "test", "POSTGRES_DB": "test"},
            "ports": ["5432:5432"],
            "options": f"--health-cmd pg_isready {HEALTH}",
        }
    if delivery.cache_version:
        found["redis"] = {
            "image": f"redis:{delivery.cache_version}",
            "ports": ["6379:6379"],
            "options": f'--health-cmd "redis-cli ping" {HEALTH}',
        }
    return found


def _addresses(delivery: Delivery) -> dict[str, str]:
    found = {}
    if delivery.database_version:
        found["DATABASE_URL"] = "postgresql://postgres:test@localhost:5432/test"
    if delivery.cache_version:
        found["REDIS_URL"] = "redis://localhost:6379/0"
    return found


def _terraform() -> dict[str, Any]:
    return {
        "name": "terraform format and logic",
        "runs-on": actions.RUNNER,
        "timeout-minutes": 10,
        "permissions": {"contents": "read"},
        "steps": [
            actions.checkout(),
            actions.use(actions.TERRAFORM, "Terraform"),
            actions.run("Format", "terraform fmt -recursive -check -diff terraform"),
            actions.run(
                "Logic of the access lists",
                "terraform init -backend=false\nterraform test\n",
            )
            | {"working-directory": "terraform/modules/network/rules"},
        ],
    }


def _quality() -> dict[str, Any]:
    """Off until somebody puts a token into the repository's secrets; never for a fork's code."""
    return {
        "name": "code quality",
        "runs-on": actions.RUNNER,
        "timeout-minutes": 15,
        "permissions": {"contents": "read"},
        "env": {"SONAR_TOKEN": "${{ secrets.SONAR_TOKEN }}"},
        "steps": [
            actions.checkout(**{"fetch-depth": 0}),
            {**actions.use(actions.SONAR, "SonarCloud scan"), "if": "env.SONAR_TOKEN != ''"},
        ],
    }

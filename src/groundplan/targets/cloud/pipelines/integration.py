"""Integration tests: against the last environment before the one with users, when the new version
answers there. Who promotes sees whether they passed."""

from typing import Any

from groundplan.targets.cloud.design.delivery import Delivery, Image
from groundplan.targets.cloud.pipelines import actions

MINUTES = 20
COMMANDS = {
    "python": "pip install -r requirements.txt\npip install pytest\npytest -m integration\n",
    "node": "npm ci\nnpm run test:integration\n",
    "other": "make integration\n",
}
# Argo CD and the rollout take their time. The answer or its headers have to name the version.
WAIT = """\
for attempt in $(seq 60); do
  answer=$(curl --silent --include --max-time 10 "$BASE_URL$READY" || true)
  case "$answer" in *"$VERSION"*) exit 0 ;; esac
  sleep 15
done
echo "$BASE_URL$READY does not answer with version $VERSION" >&2
exit 1
"""


def jobs(delivery: Delivery) -> dict[str, Any]:
    """One for each service that is reached from outside, before people promote it."""
    return {
        f"integration-{image.service}": _job(delivery, image, delivery.tried_at)
        for image in delivery.images
        if delivery.tried_at and image.ready_path and len(delivery.environments) > 1
    }


def _job(delivery: Delivery, image: Image, host: str | None) -> dict[str, Any]:
    steps = [actions.checkout()]
    if image.language == "python":
        steps.append(actions.python())
    wait = actions.run("Wait for the version", WAIT, VERSION="${{ github.sha }}")
    tests = actions.run("Integration tests", COMMANDS[image.language])
    return {
        "name": f"integration of {image.service} in {delivery.first[-1]}",
        "needs": "versions",
        "runs-on": actions.RUNNER,
        "timeout-minutes": MINUTES + 10,
        "permissions": {"contents": "read"},
        "env": {"BASE_URL": f"https://{host}", "READY": image.ready_path},
        "steps": [*steps, wait, {**tests, "working-directory": image.directory}],
    }

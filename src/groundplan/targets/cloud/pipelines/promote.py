"""promote.yml: a version that runs in one environment is written into the next, with consent."""

from typing import Any

from groundplan.targets.cloud.design.delivery import Delivery
from groundplan.targets.cloud.pipelines import actions
from groundplan.targets.cloud.pipelines.release import WRITE_VERSION, commit

KNOWN = """\
if ! printf '%s' "$VERSION" | grep -Eq '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'; then
  echo "not a version: $VERSION" >&2
  exit 1
fi
"""

# The digest that the version has where it was tried; none for one that was never released.
FIND_DIGEST = """\
DIGEST=$(cat gitops/apps/"$SERVICE"/*/version.yaml | grep -F ":$VERSION@sha256:" | head -n 1 \\
  | sed -E 's/.*@(sha256:[0-9a-f]+).*/\\1/')
"""


def workflow(delivery: Delivery) -> dict[str, Any]:
    """By hand. GitHub's environment of the same name asks its reviewers first."""
    return {
        "name": "promote",
        "run-name": "Promote ${{ inputs.service }} to ${{ inputs.environment }}",
        "on": {"workflow_dispatch": {"inputs": _inputs(delivery)}},
        "permissions": {},
        "concurrency": {
            "group": "promote-${{ inputs.environment }}",
            "cancel-in-progress": False,
        },
        "jobs": {
            "promote": {
                "name": "promote",
                "runs-on": actions.RUNNER,
                "timeout-minutes": 10,
                "environment": "${{ inputs.environment }}",
                "permissions": {"contents": "write"},
                "steps": [
                    actions.checkout(ref=delivery.branch),
                    actions.run("Look at the version", KNOWN, VERSION="${{ inputs.version }}"),
                    actions.run(
                        "Write the version",
                        FIND_DIGEST + WRITE_VERSION,
                        SERVICE="${{ inputs.service }}",
                        ENVIRONMENT="${{ inputs.environment }}",
                        VERSION="${{ inputs.version }}",
                    ),
                    commit(delivery, "Promote ${{ inputs.service }} ${{ inputs.version }}"),
                ],
            }
        },
    }


def _inputs(delivery: Delivery) -> dict[str, Any]:
    version = {"description": "The version that was tried", "required": True, "type": "string"}
    return {
        "service": _choice("Which service", [image.service for image in delivery.images]),
        "environment": _choice("Where to", list(delivery.environments)),
        "version": version,
    }


def _choice(description: str, options: list[str]) -> dict[str, Any]:
    return {
        "description": description,
        "required": True,
        "type": "choice",
        "options": options,
    }

"""Actions of others, each at the commit that its version was when it was looked at.

A tag can be moved to other code, as those of trivy-action were in March 2026 (CVE-2026-33634).
"""

from typing import Any

from groundplan.targets.cloud.yaml_text import Noted

Step = dict[str, Any]

CHECKOUT = ("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2")
PYTHON = ("actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065", "v5.6.0")
UPLOAD = ("actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2")
CREDENTIALS = (
    "aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502",
    "v4.0.2",
)
ECR = ("aws-actions/amazon-ecr-login@062b18b96a7aff071d4dc91bc00c4c1a7945b076", "v2.0.1")
TRIVY = ("aquasecurity/trivy-action@ed142fd0673e97e23eac54620cfb913e5ce36c25", "v0.36.0")
COSIGN = ("sigstore/cosign-installer@d58896d6a1865668819e1d91763c7751a165e159", "v3.9.2")
TERRAFORM = ("hashicorp/setup-terraform@b9cd54a3c349d3f38e8881555d616ced269862dd", "v3.1.2")
SONAR = ("SonarSource/sonarqube-scan-action@fd88b7d7ccbaefd23d8f36f73b59db7a3d246602", "v6.0.0")
RUNNER = "ubuntu-24.04"
PYTHON_VERSION = "3.12"


def use(action: tuple[str, str], name: str, **given: Any) -> Step:
    """A step that runs an action; its version stands behind the commit."""
    step: Step = {"name": name, "uses": Noted(action[0], action[1])}
    return {**step, "with": given} if given else step


def checkout(**given: Any) -> Step:
    """The code, without the token: no later step can push with it by accident."""
    return use(CHECKOUT, "Check out", **{"persist-credentials": False, **given})


def python() -> Step:
    """The Python that images have, too."""
    return use(PYTHON, "Python", **{"python-version": PYTHON_VERSION})


def run(name: str, script: str, **variables: str) -> Step:
    """A script. What comes from outside reaches it through variables, never through its text."""
    step: Step = {"name": name, "run": script}
    return {"name": name, "env": variables, "run": script} if variables else step


def take_role(role: str, region: str) -> Step:
    """An hour's credentials for a role, in exchange for the run's own token."""
    return use(
        CREDENTIALS,
        f"Take the role {role.rpartition('/')[2]}",
        **{"role-to-assume": role, "aws-region": region},
    )

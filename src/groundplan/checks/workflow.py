"""What the steps of a pipeline do, as far as their words show it: deploy, push, scan, check out.

Rules ask here, so that all of them read a workflow the same way. A step that is not understood
does nothing, and no rule speaks of it.
"""

import re
from dataclasses import dataclass
from typing import Any

from groundplan.spec.pipeline import WorkflowJob, WorkflowStep
from groundplan.spec.platform import Platform

DEPLOY_ACTION = re.compile(
    r"azure/k8s-deploy|azure/aks-deploy|aws-actions/amazon-ecs-deploy|google-github-actions/deploy"
    r"|[^/]+/(?:[\w-]*helm-deploy|deploy-helm|kubectl-apply)[\w-]*",
    re.IGNORECASE,
)
DEPLOY_COMMAND = re.compile(
    r"\bkubectl\s(?:[^\n|;&]{0,300}\s)?(?:apply|create|replace|patch|set\s+image|rollout\s+restart)\b"
    r"|\bhelm\s(?:[^\n|;&]{0,300}\s)?(?:upgrade|install)\b|\baws\s+ecs\s+update-service\b"
)
CLUSTER_COMMAND = re.compile(r"\b(?:kubectl\s(?!config\b|version\b)|helm\s+(?:upgrade|install))")
CLUSTER_ACCESS = re.compile(
    r"k8s-set-context|aks-set-context|get-gke-credentials|kubeconfig|get-credentials|kubectl\s+config"
    r"|eks-kubectl",
    re.IGNORECASE,
)
PUSH_COMMAND = re.compile(
    r"\b(?:docker|podman|buildah|crane)\s+(?:image\s+)?push\b|\bbuildx\s+build\b[^\n]{0,300}--push"
)
PUSH_ACTION = "docker/build-push-action"
HOSTED = re.compile(r"(?:ubuntu|windows|macos)-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step with where it stands."""

    job_id: str
    index: int
    job: WorkflowJob
    step: WorkflowStep

    @property
    def path(self) -> str:
        """Its place in the file."""
        return f"pipeline.jobs.{self.job_id}.steps[{self.index}]"

    @property
    def main(self) -> str:
        """The place of what it does: `uses` or `run`."""
        return f"{self.path}.{'uses' if self.step.uses else 'run'}"

    @property
    def run(self) -> str:
        """Its commands, one to a line; those that only try are left out."""
        lines = re.sub(r"\\\n\s*", " ", self.step.run or "").splitlines()
        return "\n".join(line for line in lines if "--dry-run" not in line)

    @property
    def words(self) -> str:
        """All that it says."""
        step = self.step
        values = [*step.with_.values(), *step.env.values()]
        return "\n".join(map(str, (step.name, step.uses, *values, self.run)))

    @property
    def is_deployment(self) -> bool:
        """Whether it changes what runs."""
        uses = self.step.uses or ""
        return bool(DEPLOY_ACTION.match(uses) or DEPLOY_COMMAND.search(self.run))

    @property
    def is_push(self) -> bool:
        """Whether it sends an image to a registry."""
        if (self.step.uses or "").startswith(PUSH_ACTION):
            return str(self.step.with_.get("push")).lower() == "true"
        return bool(PUSH_COMMAND.search(self.run))

    @property
    def talks_to_cluster(self) -> bool:
        """Whether it needs the address and the credentials of a cluster."""
        is_action = (self.step.uses or "").lower().startswith("azure/k8s-deploy")
        return is_action or bool(CLUSTER_COMMAND.search(self.run))

    @property
    def gives_cluster(self) -> bool:
        """Whether it sets up those."""
        return bool(CLUSTER_ACCESS.search(self.words)) or "KUBECONFIG" in self.step.env

    @property
    def is_checkout(self) -> bool:
        """Whether the job has files of the repository after it."""
        brings = ("actions/checkout", "actions/download-artifact")
        return (self.step.uses or "").startswith(brings) or "git clone" in self.run


def steps(platform: Platform) -> tuple[Step, ...]:
    """Every step, in the order of the file."""
    jobs = platform.pipeline.jobs if platform.pipeline else {}
    return tuple(
        Step(job_id=job_id, index=index, job=job, step=step)
        for job_id, job in jobs.items()
        for index, step in enumerate(job.steps)
    )


def by_job(platform: Platform) -> dict[str, tuple[Step, ...]]:
    """The steps of each job that has some."""
    found: dict[str, list[Step]] = {}
    for step in steps(platform):
        found.setdefault(step.job_id, []).append(step)
    return {job_id: tuple(own) for job_id, own in found.items()}


def deployments(platform: Platform) -> tuple[Step, ...]:
    """The steps that change what runs."""
    return tuple(step for step in steps(platform) if step.is_deployment)


def runs_after(platform: Platform, later: Step, earlier: Step) -> bool:
    """Whether one step comes after another: in one job, or in a job that needs the other's."""
    if later.job_id == earlier.job_id:
        return later.index > earlier.index
    jobs = platform.pipeline.jobs if platform.pipeline else {}
    waiting, seen = [later.job_id], set[str]()
    while waiting:
        job = jobs.get(waiting.pop())
        new = set(job.needs) - seen if job else set[str]()
        seen |= new
        waiting += new
    return earlier.job_id in seen


def text_of(value: Any) -> str:
    """A part that only GitHub understands, for searching in it."""
    if isinstance(value, dict):
        return " ".join(f"{key} {text_of(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(text_of, value))
    return "" if value is None else str(value)


def is_hosted(job: WorkflowJob) -> bool:
    """Whether the job runs on a fresh machine of GitHub, which knows nothing but its steps."""
    return bool(HOSTED.match(text_of(job.runs_on)))

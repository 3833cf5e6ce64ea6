"""How a platform is delivered: its repository, its images, the order of its environments."""

import re
from dataclasses import dataclass

from groundplan.spec.platform import Platform
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import has_cloudflare
from groundplan.targets.cloud.design.standby import standby
from groundplan.targets.cloud.design.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image of a service: how it is built and tested, and where it goes."""

    service: str
    repository: str  # in the registry of the first region
    directory: str
    command: tuple[str, ...]
    language: str  # python, node or other
    port: int
    ready_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The facts of the pipelines."""

    platform: str
    repository: str  # owner and name on GitHub
    branch: str
    region: str
    account: str
    images: tuple[Image, ...]
    environments: tuple[str, ...]
    roots: tuple[str, ...]  # of AWS
    has_edge: bool  # a root of Cloudflare's
    has_standby: bool  # a root of Azure's
    database_version: str | None
    cache_version: str | None
    tried_at: str | None  # the public name of the last environment before that with users
    has_sonar: bool

    @property
    def first(self) -> tuple[str, ...]:
        """Environments that get every new version at once: all but the last."""
        return self.environments[:-1] or self.environments

    def role(self, name: str) -> str:
        """The ARN of one of the pipeline's roles."""
        return f"arn:aws:iam::{self.account}:role/{self.platform}-{name}"


def github_repository(address: str) -> str | None:
    """Owner and name on GitHub; None for a repository elsewhere."""
    pattern = r"(?:https|ssh)://(?:git@)?github\.com/([^/]+/[^/]+?)(?:\.git)?/?"
    found = re.fullmatch(pattern, address)
    return found[1] if found else None


def delivery(clusters: tuple[Cluster, ...]) -> Delivery | None:
    """None unless GitHub reads the rendered folder, at the top of a repository, and images go to
    the registry of a named account: pipelines elsewhere would never run, or have no role."""
    first = clusters[0]
    platform = first.platform
    repository = github_repository(first.git.repository)
    account = platform.cloud.account
    pushed = tuple(w for w in first.workloads if ".dkr.ecr." in w.repository)
    if repository is None or account is None or first.git.path or not pushed:
        return None
    database, cache = platform.primary_database, platform.cache_layer
    return Delivery(
        platform=first.site.platform,
        repository=repository,
        branch=first.git.branch,
        region=first.site.region,
        account=account,
        images=tuple(map(_image, pushed)),
        environments=tuple(dict.fromkeys(cluster.site.environment for cluster in clusters)),
        roots=(
            *(("state",) if _has_state(platform) else ()),
            "global",
            *(f"{cluster.site.environment}/{cluster.site.region}" for cluster in clusters),
        ),
        has_edge=has_cloudflare(platform) and platform.cloud.domain is not None,
        has_standby=standby(clusters) is not None,
        database_version=str(database.version).partition(".")[0] if database else None,
        cache_version=str(cache.version).partition(".")[0] if cache else None,
        tried_at=_tried_at(clusters),
        has_sonar=_has_sonar(platform),
    )


def _image(workload: Workload) -> Image:
    written = workload.written
    return Image(
        service=workload.name,
        repository=workload.repository,
        directory=written.directory,
        command=written.command or (),
        language=_language(written.command),
        port=written.port,
        ready_path=written.health.ready if workload.is_public else "",
    )


def _has_state(platform: Platform) -> bool:
    written = platform.terraform
    return bool(written and written.backend and written.backend.s3)


def _tried_at(clusters: tuple[Cluster, ...]) -> str | None:
    names = list(dict.fromkeys(cluster.site.environment for cluster in clusters))
    before = names[-2:][0]
    return next((c.host for c in clusters if c.site.environment == before), None)


def _has_sonar(platform: Platform) -> bool:
    """Whether a step of the file's own pipeline asks for it."""
    jobs = platform.pipeline.jobs.values() if platform.pipeline else ()
    return any("sonar" in (step.uses or "").casefold() for job in jobs for step in job.steps)


def _language(command: tuple[str, ...] | None) -> str:
    first = (command or ("",))[0]
    if first.startswith("python"):
        return "python"
    return "node" if first in ("node", "npm", "npx") else "other"

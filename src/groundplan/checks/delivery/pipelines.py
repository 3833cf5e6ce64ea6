"""Rules of what a pipeline delivers: by one hand, everywhere it is promised, with consent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.checks.reading import counted, listed, products, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.checks.workflow import Step, deployments, steps, text_of
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

GITOPS = r"argo ?cd|flux|gitops"
PRODUCTION = re.compile(r"\bprod", re.IGNORECASE)
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
PUSHED = re.compile(r"\b(?:docker|podman|buildah|crane)\s+(?:image\s+)?push\s+(\S+)")
# What a registry's product is called, and what its images begin with.
REGISTRIES = (
    (r"\becr\b|elastic container", r".*\.ecr\..*amazonaws\.com|public\.ecr\.aws"),
    (r"ghcr|github", r"ghcr\.io"),
    (r"docker ?hub", r"docker\.io"),
    (r"\bquay", r"quay\.io"),
    (r"\bacr\b|azure", r".*\.azurecr\.io"),
    (r"artifact registry|\bgcr\b|google", r".*pkg\.dev|(?:.*\.)?gcr\.io"),
)


@rule(
    "DEL011",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="One hand deploys: the pipeline, or what reads git, and not both.",
    why="each undoes the other's work, and the version in git is not the one that runs",
    source="OpenGitOps principles; Argo CD, automated sync",
)
def one_hand_deploys(subject: Subject) -> Iterator[Problem]:
    pushed = deployments(subject.platform)
    pulled = [found for found in products(subject.platform, GITOPS) if not _is_source(found[1])]
    if pushed and pulled:
        name, where = pulled[0]
        yield Problem(
            path=pushed[0].main,
            also=(where, *(step.main for step in pushed[1:])),
            message=f"two hands deploy: {counted(len(pushed), 'step')} of the pipeline, and {name}",
            try_="let the pipeline commit the new version, and leave the cluster to the other",
        )


def _is_source(path: str) -> bool:
    """Whether a product is where the code is, which deploys nothing."""
    return path.rpartition(".")[2].casefold() == "source control"


@rule(
    "DEL014",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="A deployment to production needs consent, and waits for the one before it.",
    why="whatever is merged is live minutes later, and two releases at once mix their steps",
    source="GitHub Actions, environments and concurrency; SLSA",
)
def production_needs_consent(subject: Subject) -> Iterator[Problem]:
    pipeline = subject.platform.pipeline
    if pipeline is None:
        return
    live = {
        step.job_id: step
        for step in deployments(subject.platform)
        if PRODUCTION.search(f"{step.words}\n{step.job_id} {step.job.name}")
    }
    for job_id, step in live.items():
        guards = {
            "environment: production (approval)": step.job.environment,
            "concurrency: production": step.job.concurrency or pipeline.concurrency,
        }
        missing = [words for words, given in guards.items() if not given]
        if missing:
            yield Problem(
                path=step.path,
                also=("pipeline.on", f"pipeline.jobs.{job_id}"),
                message=f"the job {job_id} deploys to production and lacks {len(missing)} of"
                f" {len(guards)} guards: {listed(missing)}",
                try_="give production a job of its own, with these keys",
            )


@rule(
    "DEL015",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The pipeline deploys to every environment and region that the file names.",
    why="the others run an old version, or nothing; a failover goes to what nobody deployed",
    source="AWS Well-Architected REL08; OPS05",
)
def pipeline_reaches_everything(subject: Subject) -> Iterator[Problem]:
    platform, pushed = subject.platform, deployments(subject.platform)
    if not pushed:
        return
    said = _said(pushed)
    forgotten = [
        name for name in platform.environments if not re.search(rf"\b{re.escape(name[:4])}", said)
    ]
    if forgotten and not re.search(r"(?:matrix|inputs)\.env", said):
        yield Problem(
            path=f"environments.{forgotten[0]}",
            also=tuple(step.main for step in pushed),
            message=f"{counted(len(platform.environments), 'environment')}, and"
            f" {counted(len(pushed), 'step')} to deploy, without {listed(forgotten)}",
            try_=f"deploy to {forgotten[0]} as well, or remove it from environments",
        )
    regions = region_paths(platform)
    left_out = [name for name in regions if name not in said]
    is_open = re.search(r"(?:matrix|inputs)\.(?:region|cluster|site)|fromjson", said)
    matrices = " ".join(text_of(step.job.strategy) for step in pushed)
    is_listed = any(name in matrices for name in regions)  # so that what is not there is left out
    if len(regions) > 1 and left_out and (is_listed or not is_open):
        yield Problem(
            path="regions",
            also=tuple(step.main for step in pushed),
            message=f"{len(regions)} regions, and {counted(len(pushed), 'step')} to deploy, for"
            f" {len(regions) - len(left_out)} of them; left out: {listed(left_out)}",
            try_="deploy once for each region: strategy: {matrix: {region: [...]}}",
        )


def _said(pushed: tuple[Step, ...]) -> str:
    """All that the deploying jobs say, in small letters."""
    jobs = {step.job_id: step.job for step in pushed}
    words = [step.words for step in pushed]
    for job_id, job in jobs.items():
        words += (job_id, job.name or "", text_of(job.environment), text_of(job.strategy))
        words += (text_of(dict(job.env)), text_of(dict(job.with_)))
    return "\n".join(words).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image's name where the file has it, and the registry that it belongs to."""

    path: str
    name: str

    @property
    def registry(self) -> str:
        """As Docker reads it: without a dot or a port the first word belongs to Docker Hub."""
        first, slash, _ = self.name.partition("/")
        is_host = slash and ("." in first or ":" in first or first == "localhost")
        return first if is_host else "docker.io"


@rule(
    "DEL016",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Images are pushed to and pulled from one registry.",
    why="the cluster pulls from where nothing was pushed, or somebody else's image of that name",
    source="OCI distribution specification; Docker, image references",
)
def one_registry_holds_images(subject: Subject) -> Iterator[Problem]:
    images = [image for image in _images(subject.platform) if "$" not in image.name.split("/")[0]]
    for product, where in products(subject.platform, "registry"):
        hosts = next((hosts for words, hosts in REGISTRIES if _has(words, product)), None)
        elsewhere = [image for image in images if hosts and not _has(hosts, image.registry)]
        if elsewhere:
            first = elsewhere[0]
            yield Problem(
                path=first.path,
                also=(where, *(image.path for image in elsewhere[1:])),
                message=f"names of images outside of {product}: {len(elsewhere)}, such as"
                f" {first.name} of {first.registry}",
                try_=f"begin the image's name with the host of {product}",
            )
            return
    registries = list(dict.fromkeys(image.registry for image in images))
    if len(registries) > 1:
        odd = next(image for image in images if image.registry == registries[1])
        yield Problem(
            path=odd.path,
            also=(images[0].path,),
            message=f"images are in {len(registries)} registries: {listed(registries)}",
            try_=f"begin all names with {registries[0]}",
        )


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def _images(platform: Platform) -> Iterator[Image]:
    """The images that services run, and those that the pipeline pushes or deploys."""
    for name, service in platform.services.items():
        if service.image:
            yield Image(path=f"services.{name}.image", name=service.image)
    for step in steps(platform):
        for found in PUSHED.findall(EXPRESSION.sub("$", step.run))[:1]:
            yield Image(path=f"{step.path}.run", name=found)
        given = EXPRESSION.sub("$", str(step.step.with_.get("images") or "")).split()
        if step.is_deployment and given:
            yield Image(path=f"{step.path}.with.images", name=given[0])

"""Rules of jobs: each has what its own steps use, for it starts on an empty machine."""

import re
from collections.abc import Iterator

from groundplan.checks.reading import counted, listed, products
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.checks.workflow import DEPLOY_ACTION, Step, by_job, is_hosted, steps
from groundplan.errors import Nature, Severity
from groundplan.spec.pipeline import WorkflowService

# Commands that read the repository's files.
READS_FILES = re.compile(
    r"^[ \t]*(?:npm (?:ci|run|test|install)|npx|yarn|pnpm|make|pytest|tox|go (?:build|test)|cargo"
    r"|mvn|gradle|terraform|docker (?:buildx )?build|(?:ba)?sh [\w./-]+\.sh)\b"
    r"|^[ \t]*\./|\bkubectl [^\n]{0,200}-[fk] (?!https?:|-)",
    re.MULTILINE,
)
URL = re.compile(
    r"(postgres|postgresql|mysql|redis|mongodb|amqp)(?:\+\w+)?://(?:[^@/\s]*@)?"
    r"(?:localhost|127\.0\.0\.1):([0-9]+)(?:/([\w-]+))?"
)
IMAGES = {"postgresql": "postgres", "mongodb": "mongo", "amqp": "rabbitmq"}
CREATES = re.compile(r"createdb|create\s+database", re.IGNORECASE)
ON_NAME = re.compile(
    r"\bkubectl\s+(?:wait|rollout|get|delete|describe|exec|logs|scale|set)\b[^\n|;&]*"
)
NAMED = re.compile(r"\b(?:deployments?|deploy|services?|svc|pods?|statefulsets?|rollouts?)/[\w.-]+")
TOLD_APART = re.compile(r"\s(?:-n|--namespace|--context|--kubeconfig)[ =]")


@rule(
    "DEL012",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="A job checks out the files that it uses, and has access to the cluster it changes.",
    why="each job starts on an empty machine: the step fails on every run",
    source="GitHub Actions, workflow syntax: each job runs in a fresh runner",
)
def jobs_have_what_they_use(subject: Subject) -> Iterator[Problem]:
    every = steps(subject.platform)
    for job_id, own in by_job(subject.platform).items():
        if own[0].job.container or not is_hosted(own[0].job):
            continue
        readers = [step for step in own if _reads_files(step)]
        if readers and not any(step.is_checkout for step in own[: readers[0].index]):
            elsewhere = [step.main for step in every if step.is_checkout]
            manifests = f"{readers[0].path}.with.manifests"
            has_manifests = "manifests" in readers[0].step.with_
            yield Problem(
                path=manifests if has_manifests else readers[0].main,
                also=(*elsewhere[:1], f"pipeline.jobs.{job_id}"),
                message=f"the job {job_id} has {counted(len(readers), 'step')} with files of the"
                " repository, and checks out none before",
                try_=f"begin the job {job_id} with uses: actions/checkout@v4",
            )
        yield from _without_cluster(subject, own)


def _without_cluster(subject: Subject, own: tuple[Step, ...]) -> Iterator[Problem]:
    callers = [step for step in own if step.talks_to_cluster]
    pipeline = subject.platform.pipeline
    known = {*own[0].job.env, *(pipeline.env if pipeline else ())}
    if not callers or "KUBECONFIG" in known:
        return
    if not any(step.gives_cluster for step in own[: callers[0].index + 1]):
        clusters = [path for _, path in products(subject.platform, r"kubernetes|\beks\b")]
        yield Problem(
            path=callers[0].main,
            also=(
                f"pipeline.jobs.{own[0].job_id}",
                *clusters[:1],
                *(step.main for step in callers[1:]),
            ),
            message=f"the job {own[0].job_id} has {counted(len(callers), 'step')} with a cluster,"
            " and none before gives its address and credentials",
            try_="add a step: aws eks update-kubeconfig --name <cluster> --region <region>",
        )


def _reads_files(step: Step) -> bool:
    uses = step.step.uses or ""
    is_local = uses.startswith("./")
    has_files = bool(DEPLOY_ACTION.match(uses)) and bool(
        {"manifests", "chart"} & {*step.step.with_}
    )
    return is_local or has_files or bool(READS_FILES.search(step.run))


@rule(
    "DEL013",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="A port and a database that tests use are published and created by their container.",
    why="the tests cannot connect: the job fails on every run, or skips what it should test",
    source="GitHub Actions, service containers; Docker, postgres image (POSTGRES_DB)",
)
def tests_reach_their_services(subject: Subject) -> Iterator[Problem]:
    for step in steps(subject.platform):
        if step.job.container:
            continue
        for key, value in step.step.env.items():
            url = URL.search(str(value))
            kind = IMAGES.get(url[1], url[1]) if url else ""
            fitting = [
                (name, service)
                for name, service in step.job.services.items()
                if url and kind in service.image
            ]
            if url is None or not fitting:
                continue
            name, service = fitting[0]
            lacks = [
                *_port_missing(service, url[2]),
                *_base_missing(subject, step, service, url[3]),
            ]
            if lacks:
                yield Problem(
                    path=f"{step.path}.env.{key}",
                    also=(f"pipeline.jobs.{step.job_id}.services.{name}",),
                    message=f"{key} uses localhost:{url[2]}{'/' + url[3] if url[3] else ''}, and"
                    f" the container {name} {listed(text for text, _ in lacks)}",
                    try_=f"add to the container: {', '.join(edit for _, edit in lacks)}",
                )


def _port_missing(service: WorkflowService, port: str) -> Iterator[tuple[str, str]]:
    # "5432" alone would be published on a port that Docker chooses.
    published = {each.rpartition(":")[0].rpartition(":")[2] for each in service.ports}
    if port not in published:
        yield "publishes no such port", f'ports: ["{port}:{port}"]'


def _base_missing(
    subject: Subject, step: Step, service: WorkflowService, base: str | None
) -> Iterator[tuple[str, str]]:
    if base is None or "postgres" not in service.image:
        return
    made = service.env.get("POSTGRES_DB") or service.env.get("POSTGRES_USER") or "postgres"
    before = by_job(subject.platform)[step.job_id][: step.index + 1]
    if base not in (str(made), "postgres") and not any(CREATES.search(each.run) for each in before):
        yield f"creates only the database {made}", f"env: {{POSTGRES_DB: {base}}}"


@rule(
    "DEL021",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A command that names something in a cluster says in which environment.",
    why="it waits for, or changes, whatever has that name where the last context points to",
    source="Kubernetes, kubectl: namespaces and contexts",
)
def names_say_their_environment(subject: Subject) -> Iterator[Problem]:
    for own in by_job(subject.platform).values():
        targets = [step for step in own if step.is_deployment]
        for step in own if len(targets) > 1 else ():
            commands = [each for each in ON_NAME.findall(step.run) if not TOLD_APART.search(each)]
            named = [found[0] for command in commands if (found := NAMED.search(command))]
            if named:
                yield Problem(
                    path=f"{step.path}.run",
                    also=tuple(target.main for target in targets),
                    message=f"{named[0]} may be any of what {len(targets)} steps of this job"
                    " deploy: the command names no namespace and no context",
                    try_=f"name it: kubectl --namespace staging ... {named[0]}",
                )

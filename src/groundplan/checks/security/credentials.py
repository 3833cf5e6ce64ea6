"""Rules of credentials: where secrets are kept, and who may see them."""

import re
from collections.abc import Iterator

from groundplan.checks.reading import counted, listed, products
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.checks.workflow import Step, steps
from groundplan.errors import Nature, Severity
from groundplan.spec.services import SecretRef, Service

SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:password|passwd|pwd|secret|token|credentials?|(?:api|secret|private|access)[_-]?key)$",
    re.IGNORECASE,
)
# A URL with a password, or with its end left out so that nobody sees it.
SECRET_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/\s:@]*:[^@/\s{$]+@|\.{3})", re.IGNORECASE)
REFERENCE = re.compile(r"\s*(?:|[/{$<].*|[0-9.]+|true|false|\w+://[^@]*)", re.IGNORECASE)
IN_SHELL = re.compile(r"\$\{\{\s*secrets\.(\w+)\s*\}\}")


@rule(
    "SEC009",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Credentials come from the store of secrets, and from there alone.",
    why="a ConfigMap is read by everybody in the cluster and ends up in git and in backups",
    source="CIS Kubernetes Benchmark 5.4; OWASP, Secrets Management",
)
def credentials_are_kept_as_secrets(subject: Subject) -> Iterator[Problem]:
    stores = [path for _, path in products(subject.platform, "secret")]
    for name, service in subject.platform.services.items():
        below = f"services.{name}"
        twice = {
            key.casefold(): f"{below}.env.{key}"
            for key, value in service.env.items()
            if isinstance(value, SecretRef)
        }
        found = [
            (f"{below}.{where}.{key}", twice.get(key.casefold()))
            for where, key, value in _values(service)
            if _is_credential(key, value) or (where == "config" and key.casefold() in twice)
        ]
        for path, other in found:
            also = (other or next(iter(twice.values()), None), *stores)
            yield Problem(
                path=path,
                also=tuple(each for each in also if each),
                message=f"{path.rpartition('.')[2]} is 1 of {counted(len(found), 'credential')}"
                f" that {name} has in plain values"
                + (f", though {other} takes the same one from a secret" if other else ""),
                try_="write it as {secret: <its name>, key: <its key>} under env, and remove"
                " the plain value",
            )


def _values(service: Service) -> Iterator[tuple[str, str, str]]:
    for key, value in service.config.items():
        yield "config", key, value
    for key, given in service.env.items():
        if isinstance(given, str):
            yield "env", key, given


def _is_credential(key: str, value: str) -> bool:
    if SECRET_URL.match(value):
        return True
    return bool(SECRET_NAME.search(key)) and not REFERENCE.fullmatch(value)


@rule(
    "SEC020",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A pipeline's secrets stay out of command lines, and its token has few rights.",
    why="a secret in a command is seen by every process and breaks with a quote in it; one stolen"
    " token with all rights can change the code",
    source="GitHub Actions, security hardening",
)
def secrets_stay_out_of_the_shell(subject: Subject) -> Iterator[Problem]:
    pipeline = subject.platform.pipeline
    if pipeline is None:
        return
    using = [step for step in steps(subject.platform) if _uses_secrets(step)]
    for step in using:
        names = tuple(dict.fromkeys(IN_SHELL.findall(step.step.run or "")))
        if names:
            yield Problem(
                path=f"{step.path}.run",
                message=f"secrets that are written into this step's command: {len(names)},"
                f" {listed(names)}",
                try_=f"pass them through the step's env ({names[0]}: ${{{{ secrets.{names[0]} }}}})"
                " and name the variable in the command",
            )
    jobs = {step.job_id: step for step in using}
    free = [
        step
        for job, step in jobs.items()
        if (pipeline.jobs[job].permissions or pipeline.permissions) in (None, "write-all")
    ]
    if free:
        yield Problem(
            path="pipeline.jobs",
            also=tuple(step.main for step in free),
            message=f"jobs that use secrets, while nothing narrows what their token may do:"
            f" {len(free)} of {len(pipeline.jobs)}, {listed(step.job_id for step in free)}",
            try_="add permissions: {contents: read} to the pipeline; id-token: write where a"
            " cloud's credentials are exchanged for it",
        )


def _uses_secrets(step: Step) -> bool:
    return bool(re.search(r"\bsecrets\.\w", step.words))

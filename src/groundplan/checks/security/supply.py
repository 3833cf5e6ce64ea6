"""Rules of what others make: it is named exactly, and looked at before it ships."""

import itertools
import re
from collections.abc import Iterator

from groundplan.checks.reading import counted
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.checks.workflow import Step, by_job, runs_after, steps
from groundplan.errors import Nature, Severity

COMMIT = re.compile(r"[0-9a-f]{40}")
# GitHub's own actions may be named by their version: who owns those owns the runner anyway.
OF_GITHUB = re.compile(r"(?:actions|github)/[^@]+@v?[0-9]")
LATEST = re.compile(r"(?<![\w./-])([\w./-]*\w):latest\b")
REGISTRY_PORT = re.compile(r":[0-9]+/")
SCANNERS = re.compile(r"^(?:aquasecurity/trivy-action|anchore/scan-action)")
SCAN_COMMAND = re.compile(r"\b(?:trivy\s+image|grype|docker\s+scout\s+cves)\b")


@rule(
    "SEC012",
    severity=Severity.HIGH,
    nature=Nature.STALE,
    statement="Actions and images are named by what cannot change: a commit, a digest, a version.",
    why="whoever can move the name runs their code with this pipeline's secrets, or in production",
    source="OpenSSF Scorecard, Pinned-Dependencies; SLSA; GHSA-69fq-xp46-6x23",
)
def names_do_not_move(subject: Subject) -> Iterator[Problem]:
    every = by_job(subject.platform)
    for own in every.values():
        yield from _moving_actions(subject, own)
    for step in itertools.chain(*every.values()):
        if latest := LATEST.search(step.run):
            yield Problem(
                path=f"{step.path}.run",
                also=tuple(f"services.{name}.image" for name in subject.platform.services)[:1],
                message=f"{latest[1]}:latest is 1 name for every push: what it was before"
                " cannot be told or brought back",
                try_="push and deploy the commit's own tag or digest, and drop latest",
            )
    pushes = tuple(step.main for step in itertools.chain(*every.values()) if step.is_push)
    for name, service in subject.platform.services.items():
        tag = _moving_tag(service.image or "")
        if service.image and tag is not None:
            yield Problem(
                path=f"services.{name}.image",
                also=pushes[:1],
                message=f"the image of {name} is {tag or 'without a tag'}: what"
                f" {counted(service.replicas, 'replica')} of it run may change with each start",
                try_="end the image in a version or in @sha256: and its digest",
            )


def _moving_actions(subject: Subject, own: tuple[Step, ...]) -> Iterator[Problem]:
    """The actions of one job. What a bad one gets at are the secrets of the steps beside it."""
    with_secrets = [step for step in own if "secrets." in step.words]
    at_stake = (with_secrets or [step for step in own if step.step.run])[:2]
    for step in own:
        uses = step.step.uses or ""
        name, _, ref = uses.partition("@")
        is_exact = COMMIT.fullmatch(ref) or OF_GITHUB.match(uses)
        if not uses or is_exact or uses.startswith(("./", "docker://")):
            continue
        known = subject.facts.deprecation("action", f"{name}@{ref}")
        known = known or subject.facts.deprecation("action", name)
        told = f"; it is {known.status} since {known.since}" if known else ""
        secrets = [key for key, value in step.step.env.items() if "secrets." in str(value)]
        beside = tuple(other.main for other in at_stake if other.index != step.index)
        yield Problem(
            path=f"{step.path}.uses",
            also=(f"{step.path}.env",) if secrets else beside[:1],
            message=f'{name} is taken from "{ref}", which its owner can move, and not from one of'
            " its commits (40 digits)"
            + (f"; it is given {counted(len(secrets), 'secret')}" if secrets else "")
            + told,
            try_=f"use {known.instead}" if known else f"write {name}@<commit> # {ref}",
            facts=(str(known.fact),) if known else (),
        )


def _moving_tag(image: str) -> str | None:
    """The tag if it may move, "" if there is none; None for one that stays."""
    if "@sha256:" in image:
        return None
    tag = REGISTRY_PORT.sub("/", image).partition(":")[2]
    is_version = re.search(r"[0-9]", tag) or tag == "{version}"
    return None if is_version and "$" not in tag else tag


@rule(
    "SEC013",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="An image is scanned before it is pushed, by a step that can fail.",
    why="a scan that only writes a report lets every vulnerability through to the registry",
    source="NIST SSDF RV.1; Trivy documentation, exit code",
)
def scans_can_fail(subject: Subject) -> Iterator[Problem]:
    every = steps(subject.platform)
    pushes = [step for step in every if step.is_push]
    scans = [step for step in every if _scans(step)]
    for scan in scans:
        later = [push for push in pushes if runs_after(subject.platform, push, scan)]
        earlier = [push for push in pushes if runs_after(subject.platform, scan, push)]
        if later and not _can_fail(scan):
            yield Problem(
                path=scan.main,
                also=(later[0].main,),
                message="the scan ends with exit code 0 whatever it finds; pushes after it:"
                f" {len(later)}",
                try_='add exit-code: "1" and severity: CRITICAL,HIGH to the scan',
            )
        elif earlier and not later:
            yield Problem(
                path=scan.main,
                also=(earlier[0].main,),
                message=f"the scan comes too late to stop a push; pushes before it: {len(earlier)}",
                try_="move the scan before the push",
            )


def _scans(step: Step) -> bool:
    return bool(SCANNERS.match(step.step.uses or "") or SCAN_COMMAND.search(step.run))


def _can_fail(step: Step) -> bool:
    given = {key: str(value).lower() for key, value in step.step.with_.items()}
    if step.step.continue_on_error not in (None, False, "false"):
        return False
    if (step.step.uses or "").startswith("anchore/"):
        return given.get("fail-build", "true") == "true"
    if step.step.uses:
        return given.get("exit-code", "0") != "0"
    return bool(re.search(r"--exit-code[ =]?[1-9]|--fail-on\b|\s-f\s", step.run))

"""The operation `release`: what it is asked for, kept by its content, and performed here.

A release is code, settings and plan as they were when it was asked for. It lies in the platform's
folder under its own hash, so that whoever resumes it rolls out the same, and an undo finds it.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from groundplan.design.release import Release, running_of
from groundplan.errors import TargetError
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import release as roll_out
from groundplan.ports.folder import RELEASES
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.releases import LocalReleases
from groundplan.targets.local.usage import NO_LIMITS, Limits

UNDO_BAKE_SECONDS = 60.0
_BEFORE = "before"  # the name of the way back


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The arguments of the operation: what people read, and the name of the rest."""

    service: str
    version: str
    release: str  # hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Everything that a rollout needs; nothing is read from the user's files any more."""

    plan: Plan
    release: Release
    source: str  # the folder that commands start in
    limits: Limits = NO_LIMITS


_ROLLING = TypeAdapter(Rolling)


def keep(folder: Path, rolling: Rolling) -> Asked:
    """Writes it down; the arguments that lead to it."""
    text = _ROLLING.dump_json(rolling, indent=1)
    name = hashlib.sha256(text).hexdigest()[:16]
    write_if_changed(folder / RELEASES / f"{name}.json", text.decode(), mode=0o600)
    return Asked(service=rolling.release.service, version=rolling.release.version, release=name)


def kept(folder: Path, name: str) -> Rolling:
    """What was written down; TargetError when it is not there."""
    try:
        return _ROLLING.validate_json((folder / RELEASES / f"{name}.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise TargetError(
            part="release",
            doing=f"reading release {name}",
            why=str(error).splitlines()[0],
            try_="start the release again from the platform file",
        ) from error


def perform(journal: Journal, folder: Path, asked: Asked) -> Outcome:
    """Rolls it out. What was stable before is kept, for an undo."""
    rolling = kept(folder, asked.release)
    before = journal.step("keep what is stable", lambda: _keep_stable(folder, rolling))
    releases = LocalReleases(
        folder=folder,
        source=Path(rolling.source),
        release=rolling.release,
        slow=tuple(bound.over_seconds for bound in rolling.plan.bounds),
        smoke_test=rolling.plan.smoke_test,
        limits=rolling.limits,
        lease_seconds=rolling.plan.lease_seconds,
    )
    outcome = roll_out(journal, releases, rolling.plan)
    if outcome.state is State.DONE:
        write_if_changed(folder / RELEASES / _BEFORE, before)
    return replace(outcome, facts={**outcome.facts, "before": before})


def way_back(folder: Path) -> Asked:
    """The release that brings back what was stable before the last one that was done."""
    try:
        name = (folder / RELEASES / _BEFORE).read_text()
    except OSError as error:
        raise TargetError(
            part="release",
            doing="looking for what was stable before",
            why="nothing was released here yet",
            try_="groundplan release",
        ) from error
    return keep(folder, kept(folder, name))


def _keep_stable(folder: Path, rolling: Rolling) -> str:
    """The way back: the stable version, to everybody at once, watched for a minute."""
    applied = Folder(folder).applied()
    assert applied is not None, "the agent is part of what is applied"
    plan = replace(
        rolling.plan,
        weights=(100,),
        waves=(Wave(regions=rolling.plan.regions, bake_seconds=UNDO_BAKE_SECONDS),),
        goes_back=True,
        min_requests=0,
        approvals=(),
        windows=(),
        freezes=(),
        expands=False,
    )
    service = rolling.release.service
    stable = running_of(applied, service)
    release = Release(service=service, version=stable[0].version, replicas=stable)
    return keep(folder, replace(rolling, plan=plan, release=release)).release

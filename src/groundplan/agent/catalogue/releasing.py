"""The operation `release`: what it is asked for, kept by its content, and performed here.

A release is code, settings and plan as they were when it was asked for. It lies in the platform's
folder under its own hash, so that whoever resumes it rolls out the same, and an undo finds it.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from groundplan.agent.performing.kinds import Here
from groundplan.design.parts import Gateway
from groundplan.design.release import Release, jobs_of, running_of
from groundplan.design.services import REVERT
from groundplan.errors import TargetError
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import release as roll_out
from groundplan.operations.delivery.state import Schema
from groundplan.ports.folder import RELEASES
from groundplan.ports.journal import Journal, Json, Outcome, State
from groundplan.ports.releases import Releases
from groundplan.targets.local.delivery.hooks import LocalHooks
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.delivery.usage import NO_LIMITS, Limits
from groundplan.targets.local.delivery.workers import LocalWorkers
from groundplan.targets.local.delivery.writes import FLUSH_SECONDS, Writes
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.processes.launch import log_file

UNDO_BAKE_SECONDS = 60.0
_MOVES = ("replace-primary", "failover")
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
    committed: float | None = None  # when its code was, as far as git knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The way back from what runs, or why there is none any more."""

    release: str
    gone: str = ""


_ROLLING = TypeAdapter(Rolling)
_WAY = TypeAdapter(Before)


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


def perform(journal: Journal, here: Here, asked: Asked) -> Outcome:
    """Rolls it out. What was stable before is kept, for an undo."""
    folder = here.folder
    rolling = kept(folder, asked.release)
    before = journal.step("keep what is stable", lambda: _keep_stable(folder, rolling))
    writes = Writes.in_logs(
        [log_file(part, folder) for part in here.design.parts if isinstance(part, Gateway)]
    )
    releases = LocalReleases(
        folder=folder,
        source=Path(rolling.source),
        release=rolling.release,
        slow=tuple(bound.over_seconds for bound in rolling.plan.bounds),
        smoke_test=rolling.plan.smoke_test,
        smoke_paths=rolling.plan.smoke_paths,
        limits=rolling.limits,
        lease_seconds=rolling.plan.lease_seconds,
        failing_over=lambda: failing_over(here),
        alone=here.lent.alone,
        writes=writes,
    )
    counters = rolling.release.counters
    port: Releases = LocalWorkers(inner=releases, counters=counters) if counters else releases
    hooks = LocalHooks(folder=folder)
    outcome = roll_out(journal, port, rolling.plan, show=here.show, hooks=hooks)
    if outcome.state is State.DONE:
        way = Before(release=before, gone=_why_gone(rolling, outcome))
        write_if_changed(folder / RELEASES / _BEFORE, _WAY.dump_json(way).decode())
    journal.sleep(FLUSH_SECONDS)
    writes.read()
    doubled: Json = {
        "with_key": writes.with_key,
        "doubled": writes.doubled,
        "since": writes.since,  # a later life of a rollout counts anew
    }
    return replace(outcome, facts={**outcome.facts, "before": before, "writes": doubled})


def failing_over(here: Here) -> frozenset[str]:
    """The regions between which the primary moves, or has moved since this was asked last."""
    moves = [each.arguments for each in here.lent.guests() if each.kind in _MOVES]
    named = {str(each.get("primary", "")).partition("/")[0] for each in moves}
    named |= {str(each.get("region", "")) for each in moves}
    return frozenset(region.name for region in here.design.regions if region.name in named)


def way_back(folder: Path) -> Asked:
    """The release that brings back what was stable before the last one that was done."""
    try:
        way = _WAY.validate_json((folder / RELEASES / _BEFORE).read_bytes())
    except (OSError, ValidationError) as error:
        raise TargetError(
            part="release",
            doing="looking for what was stable before",
            why="nothing was released here yet",
            try_="groundplan release",
        ) from error
    if way.gone:
        raise TargetError(
            part="release",
            doing="going back",
            why=way.gone,
            try_="release a version that works with it, or restore a backup (`groundplan restore`)",
        )
    return keep(folder, kept(folder, way.release))


def _why_gone(rolling: Rolling, outcome: Outcome) -> str:
    """An old version is not brought back to a schema that lost what it needs."""
    if rolling.release.left is not None or outcome.facts.get("schema") != Schema.CONTRACTED:
        return ""
    release = rolling.release
    return (
        f"{release.service} {release.version} has contracted the schema: the version before"
        " cannot work with it any more"
    )


def _keep_stable(folder: Path, rolling: Rolling) -> str:
    """The way back: the stable version, to everybody at once, watched for a minute."""
    applied = Folder(folder).applied()
    assert applied is not None, "the agent is part of what is applied"
    left = rolling.release.job(REVERT) if rolling.plan.expands else None
    plan = replace(
        rolling.plan,
        weights=(100,),
        waves=(Wave(regions=rolling.plan.regions, bake_seconds=UNDO_BAKE_SECONDS),),
        goes_back=True,
        min_requests=0,
        approvals=(),
        pauses=(),
        hooks=(),
        windows=(),
        freezes=(),
        expands=rolling.release.left is not None,  # what was taken back is added again
        contracts=left is not None,
        contract_seconds=0.0,
        reverts=False,
    )
    service = rolling.release.service
    stable = running_of(applied, service)
    release = Release(
        service=service,
        version=stable[0].version,
        replicas=stable,
        jobs=jobs_of(applied, service),
        left=left,
        counters=rolling.release.counters,
    )
    return keep(folder, replace(rolling, plan=plan, release=release, committed=None)).release

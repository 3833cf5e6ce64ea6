"""The operation `release`: performed here, with what follows from its end, and the way back."""

from dataclasses import asdict, replace
from pathlib import Path

from groundplan.agent.catalogue import standing
from groundplan.agent.catalogue.kept import Asked, Before, Rolling, gone, keep, kept, note, noted
from groundplan.agent.catalogue.looks import Looks
from groundplan.agent.catalogue.pruning import prune
from groundplan.agent.performing.kinds import Here
from groundplan.design.parts import Gateway
from groundplan.design.release import Release, jobs_of, running_of
from groundplan.design.services import REVERT
from groundplan.errors import TargetError
from groundplan.operations.delivery.contract import LATER, Contract, at
from groundplan.operations.delivery.plan import Wave
from groundplan.operations.delivery.run import release as roll_out
from groundplan.operations.delivery.state import Schema
from groundplan.ports.journal import Journal, Json, Outcome, State
from groundplan.ports.releases import Releases
from groundplan.targets.local.delivery.hooks import LocalHooks
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.delivery.workers import LocalWorkers
from groundplan.targets.local.delivery.writes import FLUSH_SECONDS, Writes
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.processes.launch import log_file

UNDO_BAKE_SECONDS = 60.0
_MOVES = ("replace-primary", "failover")


def perform(journal: Journal, here: Here, asked: Asked) -> Outcome:
    """Rolls it out. What was stable before is kept, for an undo."""
    folder = here.folder
    rolling = kept(folder, asked.release)
    before = journal.step("keep what is stable", lambda: _keep_stable(folder, rolling))
    writes = Writes.in_logs(
        [log_file(part, folder) for part in here.design.parts if isinstance(part, Gateway)]
    )
    port = _port(here, rolling, writes)
    hooks = LocalHooks(folder=folder)
    looks = Looks(folder, journal.operation)
    is_later = rolling.is_contracted_later
    plan = replace(rolling.plan, contracts=False) if is_later else rolling.plan
    outcome = roll_out(journal, port, plan, show=here.show, hooks=hooks, keep=looks.keep)
    if outcome.state is State.DONE:
        note(folder, Before(release=before, gone=_why_gone(rolling, outcome), left=asked.release))
    journal.step("note what stands", lambda: standing.ended(folder, rolling, journal, outcome))
    if outcome.state is State.DONE and is_later:
        outcome = _contracted_later(journal, here, rolling, asked, outcome)
    prune(folder)
    journal.sleep(FLUSH_SECONDS)
    writes.read()
    doubled: Json = {
        "with_key": writes.with_key,
        "doubled": writes.doubled,
        "since": writes.since,  # a later life of a rollout counts anew
    }
    return replace(outcome, facts={**outcome.facts, "before": before, "writes": doubled})


def _port(here: Here, rolling: Rolling, writes: Writes) -> Releases:
    """The service on this machine, as a rollout asks for it."""
    releases = LocalReleases(
        folder=here.folder,
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
    return LocalWorkers(inner=releases, counters=counters) if counters else releases


def failing_over(here: Here) -> frozenset[str]:
    """The regions between which the primary moves, or has moved since this was asked last."""
    moves = [each.arguments for each in here.lent.guests() if each.kind in _MOVES]
    named = {str(each.get("primary", "")).partition("/")[0] for each in moves}
    named |= {str(each.get("region", "")) for each in moves}
    return frozenset(region.name for region in here.design.regions if region.name in named)


def way_back(folder: Path) -> Asked:
    """The release that brings back what was stable before the last one that was done."""
    way = noted(folder)
    if way is None:
        raise TargetError(
            part="release",
            doing="looking for what was stable before",
            why="nothing was released here yet",
            try_="groundplan release",
        )
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
    return gone(rolling.release.service, rolling.release.version)


def _contracted_later(
    journal: Journal, here: Here, rolling: Rolling, asked: Asked, outcome: Outcome
) -> Outcome:
    """Begins the wait for it, which needs no platform; the release is done."""
    wanted = Contract(
        service=asked.service,
        version=asked.version,
        release=asked.release,
        due=journal.now() + rolling.plan.contract_seconds,
    )
    why = f"{asked.version} was released by {journal.operation}"
    later = journal.step(
        "begin the wait for the contraction",
        lambda: here.operations.start(LATER, asdict(wanted), why=why, key=LATER),
    )
    told = f"{outcome.summary}; {later} contracts the schema after {at(wanted.due)}"
    return replace(outcome, summary=told, facts={**outcome.facts, "contraction": later})


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
    applied = standing.as_started(folder, applied, service)
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

"""Proofs of the recovery time: every scenario of the file, stage by stage, and the worst of them.

A stage that waits for a person without a limit has no length, and what people find out in a breach
has none either: such scenarios are unknown until a drill times them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from groundplan.checks.numbers.recovery import Restore, transfer_seconds
from groundplan.checks.proofs.proof import Argument, Proof, argument, doubt
from groundplan.checks.proofs.spread import (
    Spread,
    Values,
    either_way,
    exactly,
    judge,
    of_figure,
)
from groundplan.checks.reading import home, partner, span
from groundplan.checks.recovery.failover import holders, mechanism
from groundplan.checks.recovery.loss import copies, log
from groundplan.checks.subject import Subject
from groundplan.design.disasters import Disaster, disasters
from groundplan.promise.promise import Promise, Verdict
from groundplan.units import Duration

SCENARIOS = "disaster_recovery.scenarios"
FAILOVER = "disaster_recovery.failover"
SIZE = "primary_database.storage.size"
PROMOTE = "rds.promote.cross-region"
DETECT, PROVISION, SWITCH = 300.0, 900.0, 120.0  # seconds, where neither file nor tables say
REPLAYED = 0.5  # of the time of the copy, where the log's rate is not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One scenario: what it comes to, in a sentence."""

    name: str
    verdict: Verdict
    seconds: float | None
    because: str


def recovery_time(subject: Subject, promise: Promise) -> Proof:
    """The longest recovery of all scenarios."""
    told, outcomes = argument(subject, promise), []
    for disaster in disasters(subject.platform):
        told, outcome = _outcome(told, disaster)
        outcomes.append(outcome)
    if not outcomes:
        return told.unknown(f"nothing says what is done in a disaster: say {SCENARIOS}")
    verdict = Verdict.worst(outcome.verdict for outcome in outcomes)
    known = [each.seconds for each in outcomes if each.seconds is not None]
    said = (f'"{each.name}": {each.because}' for each in outcomes if each.verdict is verdict)
    return told.ends(verdict, max(known, default=None), "; ".join(said))


def _outcome(told: Argument, disaster: Disaster) -> tuple[Argument, Outcome]:
    scenario = disaster.scenario
    told = told.written("scenario", scenario.name, f"{disaster.path}.name")
    allowed = scenario.restored_within
    if allowed is not None:
        told = told.written("restored within", allowed, f"{disaster.path}.restored_within")
    if disaster.fails_over:
        return _failover(told, disaster)
    if disaster.kind in ("region", "corruption") or "restor" in scenario.action.casefold():
        return _restore(told, disaster)
    why = f'"{scenario.action}" has no arithmetic: a drill must time it'
    return told.computed("its length", "unknown", "people decide it"), _unknown(disaster, why)


def _unknown(disaster: Disaster, because: str) -> Outcome:
    return Outcome(
        name=disaster.scenario.name, verdict=Verdict.UNKNOWN, seconds=None, because=because
    )


def _failover(told: Argument, disaster: Disaster) -> tuple[Argument, Outcome]:
    """Detection, maybe a person, a promotion or a restore, new machines, the switch of traffic."""
    platform = told.subject.platform
    target, here = partner(platform), home(platform)
    held = tuple(name for name in holders(platform) if name != here)
    missing = mechanism(platform)
    if platform.primary_database and not held and not _leaves(told.subject):
        why = f"nothing of the database leaves {here}, so no other region can serve"
        told = told.computed("copies in other regions", 0, "replicas and backups")
        outcome = _unknown(disaster, why)
        return told, replace(outcome, verdict=Verdict.BROKEN)
    if disaster.scenario.automation == "automatic" and missing:
        return told, _unknown(disaster, f"nothing carries it out: say {FAILOVER}.{missing[0]}")
    if platform.primary_database and target not in held and (target or not held):
        return told, _unknown(disaster, f"{target or 'no other region'} holds no copy of the data")
    told, stages = _failover_stages(told, disaster, target or held[0] if held else target)
    return _timed(told, disaster, stages)


def _leaves(subject: Subject) -> bool:
    """Whether copies go to other regions, named or not."""
    return any(made.leaves_region for made in copies(subject) if made.store == "database")


def _failover_stages(
    told: Argument, disaster: Disaster, target: str | None
) -> tuple[Argument, dict[str, Spread]]:
    platform, figures = told.subject.platform, told.subject.figures
    recovery, database = platform.disaster_recovery, platform.primary_database
    after = recovery.failover.after if recovery and recovery.failover else None
    told, stages = _begin(told, disaster, after)
    replicas = database.read_replicas if database else None
    if database and replicas and replicas.count and target in replicas.regions:
        row = told.subject.facts.limit(PROMOTE)
        if row:
            told = told.limit("promotion of a replica", span(float(row.value)), PROMOTE)
        stages["provision"] = either_way(float(row.value) if row else PROVISION, "")
    elif database:
        told, more = _copying(told)
        stages |= more
    told = told.figures("node_start").assumed("switch of traffic", span(SWITCH))
    stages["nodes"] = of_figure(figures.node_start, "node_start")
    stages["switch"] = either_way(SWITCH, "")
    return told, stages


def _begin(
    told: Argument, disaster: Disaster, after: Duration | None
) -> tuple[Argument, dict[str, Spread]]:
    """Until somebody or something acts."""
    stages, scenario = {}, disaster.scenario
    if after is not None:
        told = told.written("noticed after", after, f"{FAILOVER}.after")
        stages["detect"] = exactly(after.seconds)
    else:
        told = told.assumed("noticed after", span(DETECT))
        stages["detect"] = either_way(DETECT, "")
    if scenario.automation != "automatic":
        key, limit = f"{disaster.path}.approval_timeout", scenario.approval_timeout
        if limit is not None:
            told = told.written("a person answers within", limit, key)
            stages["approve"] = exactly(limit.seconds)
        else:
            told = told.written(
                "waits for a person", scenario.automation, f"{disaster.path}.automation"
            )
            stages["approve"] = Spread(likely=0, better=0, worse=float("inf"), say=key)
    return told, stages


def _restore(told: Argument, disaster: Disaster) -> tuple[Argument, Outcome]:
    """A new server, the copy, the log since then."""
    subject = told.subject
    if subject.platform.primary_database is None:
        return told, _unknown(disaster, "the file has no database to restore")
    has_copy = any(made.store == "database" for made in copies(subject)) or log(subject)
    if not has_copy and subject.platform.primary_database.backup is None:
        told = told.computed("backups of the database", 0, "none is in the file")
        outcome = _unknown(disaster, "there is no backup to restore from")
        return told, replace(outcome, verdict=Verdict.BROKEN)
    told, stages = _begin(told, disaster, None)
    told, more = _copying(told)
    return _timed(told, disaster, stages | more)


def _copying(told: Argument) -> tuple[Argument, dict[str, Spread]]:
    """The stages of a restore."""
    subject, database = told.subject, told.subject.platform.primary_database
    told = told.assumed("a new server", span(PROVISION))
    stages = {"provision": either_way(PROVISION, "")}
    disk = database.storage if database else None
    if disk is None:
        stages["copy"] = Spread(likely=0, better=0, worse=float("inf"), say=SIZE)
        return told, stages
    speed = subject.figures.restore_throughput
    copy = transfer_seconds(disk.size.bytes, speed.value)
    told = told.written("size of the database", disk.size, SIZE).figures("restore_throughput")
    told = told.computed("copy", span(copy), "size / throughput")
    is_assumed, say = bool(speed.assumed), "assumptions.restore_throughput"
    stages["copy"] = either_way(copy, say, is_assumed=is_assumed)
    shipped = log(subject)
    if shipped:
        told = told.assumed("replay of the log", f"at most {2 * REPLAYED:g} x the copy")
        stages["replay"] = Spread(
            likely=REPLAYED * copy, better=0, worse=2 * REPLAYED * stages["copy"].worse
        )
    return told, stages


def _timed(
    told: Argument, disaster: Disaster, stages: Mapping[str, Spread]
) -> tuple[Argument, Outcome]:
    scenario, promise = disaster.scenario, told.promise
    allowed = scenario.restored_within
    limit = replace(promise, limit=allowed.seconds) if allowed else promise
    judgement = judge(limit, stages, _sum)
    if judgement.value is None:
        return told, _unknown(disaster, "its stages have no end")
    shown = span(judgement.value)
    told = told.computed("recovered after", shown, "sum of the stages")
    is_open = scenario.automation != "automatic" and scenario.approval_timeout is None
    waits = ", and a person's answer without a limit" if is_open else ""
    return told, Outcome(
        name=scenario.name,
        verdict=judgement.verdict,
        seconds=None if is_open else judgement.value,
        because=f"recovered after {shown}{waits}{doubt(judgement)}",
    )


def _sum(values: Values) -> float:
    return Restore(
        detect_seconds=values["detect"],
        approve_seconds=values.get("approve", 0.0),
        provision_seconds=values.get("provision", 0.0) + values.get("nodes", 0.0),
        copy_seconds=values.get("copy", 0.0),
        replay_seconds=values.get("replay", 0.0),
        switch_seconds=values.get("switch", 0.0),
    ).seconds

"""Proofs of the recovery point: what each scenario takes away of each store, and the worst of it.

Nothing bounds how far an asynchronous replica falls behind, so it proves nothing; a synchronous
one, a log that is shipped within a declared time, and backups on a schedule do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.checks.numbers.recovery import BackupCycle, transfer_seconds
from groundplan.checks.proofs.proof import Argument, Proof, argument, doubt
from groundplan.checks.proofs.spread import Spread, exactly, judge
from groundplan.checks.reading import home, listed, span
from groundplan.checks.recovery.loss import DATABASE, FILES, SHIPPED, Copies, copies, log
from groundplan.checks.subject import Subject
from groundplan.design.disasters import Disaster, disasters
from groundplan.promise.promise import Promise, Verdict
from groundplan.spec.backup import ApplicationCopies, DatabaseCopies
from groundplan.spec.database import ReadReplicas

REPLICAS = "primary_database.read_replicas"
PITR = "rds.pitr.lag"
STORES = {DATABASE: "database", FILES: "files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one store loses: how much, and why. None is a loss that nothing bounds."""

    store: str
    verdict: Verdict
    seconds: float | None
    because: str


Step = tuple[Argument, tuple[Loss, ...]]


def recovery_point(subject: Subject, promise: Promise) -> Proof:
    """The largest loss of all scenarios; of a restore where the file has none."""
    told, found = argument(subject, promise), []
    for disaster in disasters(subject.platform):
        name = disaster.scenario.name
        told = told.written("scenario", name, f"{disaster.path}.name")
        told, losses = _losses(told, disaster)
        found += [(f'"{name}"', loss) for loss in losses]
    if not found:
        told, losses = _restored(told)
        found += [("", loss) for loss in losses]
    if not found:
        return told.unknown("nothing in the file says what could be lost, or how it is copied")
    verdict = Verdict.worst(loss.verdict for _, loss in found)
    known = [loss.seconds for _, loss in found if loss.seconds is not None]
    worst = max(known, default=None)
    return told.ends(verdict, worst, _said(found, verdict, worst))


def _said(found: Iterable[tuple[str, Loss]], verdict: Verdict, worst: float | None) -> str:
    """What decided: each loss of that verdict; the largest when all is kept."""
    names: dict[str, list[str]] = {}
    for name, loss in found:
        is_largest = verdict is not Verdict.KEPT or loss.seconds == worst
        if loss.verdict is verdict and is_largest:
            names.setdefault(f"{loss.store}, {loss.because}", []).append(name)
    return "; ".join(
        f"{listed(given)}: {what}" if any(given) else what for what, given in names.items()
    )


def replication_lag(subject: Subject, promise: Promise) -> Proof:
    """Only synchronous copies have a bound."""
    told, database = argument(subject, promise), subject.platform.primary_database
    replicas = _replicas(subject)
    if database and database.multi_az:
        told = told.written("the standby confirms each write", "yes", "primary_database.multi_az")
    if replicas is None:
        return told.ends(Verdict.KEPT, 0.0, "the only copy is synchronous: it lacks nothing")
    told = told.written("replicas", replicas.count, f"{REPLICAS}.count")
    if replicas.synchronous:
        told = told.written("one of them confirms each write", "yes", f"{REPLICAS}.synchronous")
    if replicas.synchronous and replicas.count == 1:
        return told.ends(Verdict.KEPT, 0.0, "the only replica is synchronous: it lacks nothing")
    if replicas.lag_max:
        told = told.written("people are told of more than", replicas.lag_max, f"{REPLICAS}.lag_max")
    return told.unknown(
        "nothing bounds how far an asynchronous replica falls behind: only measuring tells"
    )


def _replicas(subject: Subject) -> ReadReplicas | None:
    database = subject.platform.primary_database
    replicas = database.read_replicas if database else None
    return replicas if replicas and replicas.count else None


def _losses(told: Argument, disaster: Disaster) -> Step:
    match disaster.kind:
        case "region":
            return _region_lost(told)
        case "corruption":
            return _restored(told)
        case "breach":
            return _breached(told)
        case "edge":
            told = told.computed("stores at the edge", 0, "copies of what the regions hold")
            return told, (_bounded(told, "the edge", 0.0, "which holds no data of its own"),)
        case "provider":
            return _provider_lost(told)
    return told, (_unbounded("everything", "no arithmetic says what this takes away"),)


def _bounded(told: Argument, store: str, seconds: float, because: str) -> Loss:
    verdict = told.promise.verdict(seconds)
    return Loss(store=store, verdict=verdict, seconds=seconds, because=because)


def _unbounded(store: str, because: str, verdict: Verdict = Verdict.UNKNOWN) -> Loss:
    return Loss(store=store, verdict=verdict, seconds=None, because=because)


def _restored(told: Argument) -> Step:
    """Everything comes back from its log or its last copy: replicas have the same corruption."""
    subject, losses = told.subject, []
    made = {copy.path: copy for copy in copies(subject)}
    shipped = log(subject)
    if subject.platform.primary_database:
        if shipped:
            told, loss = _from_log(told)
        elif DATABASE in made:
            told, loss = _from_copies(told, made[DATABASE])
        else:
            told = told.computed("copies of the database", 0, "neither log nor backups")
            loss = _unbounded("database", "all of it: nothing copies it", Verdict.BROKEN)
        losses.append(loss)
    told, others = _other_stores(told, made.values())
    return told, (*losses, *others)


def _region_lost(told: Argument) -> Step:
    """What other regions have."""
    made = tuple(copies(told.subject))
    losses: tuple[Loss, ...] = ()
    if told.subject.platform.primary_database:
        told, loss = _database_elsewhere(told, made)
        losses = (loss,)
    told, others = _other_stores(told, (copy for copy in made if copy.leaves_region))
    stay = [copy.store for copy in made if copy.path != DATABASE and not copy.leaves_region]
    if stay:
        others = (*others, _unbounded(listed(stay), "whose copies stay in the region"))
    return told, (*losses, *others)


def _database_elsewhere(told: Argument, made: Iterable[Copies]) -> tuple[Argument, Loss]:
    """The best of: a synchronous replica, the shipped log, copies that leave the region."""
    subject, replicas = told.subject, _replicas(told.subject)
    here, shipped = home(subject.platform), log(subject)
    is_away = replicas is not None and any(name != here for name in replicas.regions)
    if replicas and is_away and replicas.synchronous and here not in replicas.regions:
        told = told.written("a replica confirms each write", "yes", f"{REPLICAS}.synchronous")
        return told, _bounded(told, "database", 0.0, "nothing: a replica has every write")
    if shipped and shipped.path == SHIPPED:
        return _from_log(told)
    loss = _unbounded("database", f"all of it: nothing leaves {here}", Verdict.BROKEN)
    for copy in made:
        if copy.path == DATABASE and copy.leaves_region:
            told, loss = _from_copies(told, copy)
    if replicas and is_away and loss.verdict is not Verdict.KEPT:
        told = told.written(
            "asynchronous replicas in", listed(replicas.regions), f"{REPLICAS}.regions"
        )
        loss = _unbounded("database", "nothing bounds how far its asynchronous replicas are behind")
    return told, loss


def _provider_lost(told: Argument) -> Step:
    """What regions of other providers have. The log goes where the copies go."""
    subject, losses = told.subject, []
    for made in copies(subject):
        there = _elsewhere(subject, made.path)
        if not there:
            why = "no copy outside of the provider is declared"
            losses.append(_unbounded(made.store, why))
            continue
        key = f"{made.path}.regions"
        told = told.written(f"the {made.store}: copies at another provider", listed(there), key)
        told, loss = _from_log_or_copies(told, made, is_logged=True)
        losses.append(loss)
    if subject.platform.primary_database and all(loss.store != "database" for loss in losses):
        losses.append(_unbounded("database", "no copy outside of the provider is declared"))
    return told, tuple(losses) or (_unbounded("everything", "no copy of it is declared"),)


def _elsewhere(subject: Subject, path: str) -> tuple[str, ...]:
    """Regions of another provider than the home region's, in which that store has copies."""
    kept, own = _kept(subject, path), subject.facts.region(home(subject.platform))
    known = ((name, subject.facts.region(name)) for name in (kept.regions if kept else ()))
    return tuple(name for name, row in known if row and own and row.provider != own.provider)


def _breached(told: Argument) -> Step:
    """Who has the account deletes what the account can delete. What is out of reach remains: the
    locked copies, and the log where it is locked as well."""
    subject, losses = told.subject, []
    made = {copy.path: copy for copy in copies(subject)}
    stores = [path for path in (DATABASE, FILES) if path == DATABASE or path in made]
    for path in stores:
        store, kept = STORES[path], _kept(subject, path)
        if kept is None or not (kept.immutable or kept.account):
            why = "0 copies are out of reach of the platform's own account"
            losses.append(_unbounded(store, why))
            continue
        key = f"{path}.{'immutable' if kept.immutable else 'account'}"
        told = told.written(f"the {store}: copies out of reach", kept.account or "locked", key)
        is_logged = isinstance(kept, DatabaseCopies) and kept.log_immutable
        if is_logged:
            told = told.written("the log, too, is out of reach", "yes", f"{path}.log_immutable")
        told, loss = _from_log_or_copies(told, made[path], is_logged=is_logged)
        losses.append(loss)
    return told, tuple(losses)


def _kept(subject: Subject, path: str) -> DatabaseCopies | ApplicationCopies | None:
    """How the database, or the files, are copied."""
    backup = subject.platform.backup
    if backup is None:
        return None
    return {DATABASE: backup.database, FILES: backup.application_data}.get(path)


def _from_log_or_copies(told: Argument, made: Copies, *, is_logged: bool) -> tuple[Argument, Loss]:
    shipped = log(told.subject)
    if is_logged and made.path == DATABASE and shipped and shipped.path == SHIPPED:
        return _from_log(told)
    return _from_copies(told, made)


def _from_log(told: Argument) -> tuple[Argument, Loss]:
    shipped = log(told.subject)
    assert shipped is not None
    shown, label = span(shipped.behind), "the database's log is copied"
    if shipped.path == SHIPPED:
        told = told.written(label, f"at most {shown} behind", shipped.path)
    else:
        told = told.written(label, "all the time", shipped.path).limit("behind by", shown, PITR)
    return told, _bounded(told, "database", shipped.behind, f"at most {shown} of its log")


def _other_stores(told: Argument, made: Iterable[Copies]) -> Step:
    losses = []
    for copy in made:
        if copy.path != DATABASE:
            told, loss = _from_copies(told, copy)
            losses.append(loss)
    return told, tuple(losses)


def _from_copies(told: Argument, made: Copies) -> tuple[Argument, Loss]:
    """What was written since the last copy began, and while it ran: no longer than until the
    next one begins."""
    told = told.written(f"the {made.store}: a copy", made.every, made.interval_path)
    if made.interval is None:
        return told, _unbounded(made.store, f"copied {made.every}: nothing says how often that is")
    told, run = _run(told, made)
    shown = span(made.interval)
    told = told.computed("lost at most", f"{shown}, and what comes while it runs", "between copies")
    judgement = judge(
        told.promise,
        {"interval": exactly(made.interval), "run": run},
        lambda values: (
            BackupCycle(
                interval_seconds=values["interval"], run_seconds=values["run"]
            ).loss_seconds_max
        ),
    )
    return told, Loss(
        store=made.store,
        verdict=judgement.verdict,
        seconds=judgement.value,
        because=f"copied {made.every}: up to {shown} and the time of the copy{doubt(judgement)}",
    )


def _run(told: Argument, made: Copies) -> tuple[Argument, Spread]:
    """How long a copy takes: nothing at best, at worst all data at half the throughput."""
    database, interval = told.subject.platform.primary_database, made.interval or 0.0
    disk = database.storage if database and made.path == DATABASE else None
    say = f"{made.interval_path} twice as often"
    if disk is None:
        return told, Spread(likely=0, better=0, worse=interval, say=say)
    speed = told.subject.figures.backup_throughput
    told = told.written("size of the database", disk.size, "primary_database.storage.size")
    told = told.figures("backup_throughput")
    whole = transfer_seconds(disk.size.bytes, speed.value) * (2 if speed.assumed else 1)
    moves = 2 if made.leaves_region else 1
    return told, Spread(likely=0, better=0, worse=min(interval, moves * whole), say=say)

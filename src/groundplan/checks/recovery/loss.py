"""Rules of what a disaster takes away: backups against the promised recovery point."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.checks.numbers.recovery import BackupCycle, transfer_seconds
from groundplan.checks.reading import home, span
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.design.disasters import disasters
from groundplan.errors import Nature, Severity
from groundplan.units import Duration

RPO = "disaster_recovery.rpo"
DATABASE = "backup.database"
SHIPPED = "backup.database.log_shipping"
FILES = "backup.application_data"
SNAPSHOTS = "cache_layer.backup"
DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Backups of one store, made every so often and kept so long."""

    store: str
    path: str
    interval: float | None  # seconds; None when it is made on change
    every: str  # in the file's words
    kept: float  # seconds
    leaves_region: bool = False

    @property
    def interval_path(self) -> str:
        """The key that says how often."""
        return f"{self.path}.{'snapshot_window' if self.path == SNAPSHOTS else 'frequency'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The database's write-ahead log, copied as it is written."""

    behind: float  # seconds
    path: str
    facts: tuple[str, ...] = ()


def copies(subject: Subject) -> Iterator[Copies]:
    """The backups of the file. A cache that can be filled again needs none."""
    backup, cache = subject.platform.backup, subject.platform.cache_layer
    database, files = (backup.database, backup.application_data) if backup else (None, None)
    for store, path, made in (("database", DATABASE, database), ("files", FILES, files)):
        if made:
            yield Copies(
                store=store,
                path=path,
                interval=made.frequency.seconds,
                every=str(made.frequency),
                kept=made.retention.seconds,
                leaves_region=made.cross_region,
            )
    if cache and cache.role == "store" and cache.backup:
        yield Copies(
            store="cache that is a store",
            path=SNAPSHOTS,
            interval=DAY,
            every="daily",
            kept=cache.backup.snapshot_retention_limit * DAY,
        )


def log(subject: Subject) -> Log | None:
    """How far behind a restore of the database may begin, if its log is copied."""
    backup, database = subject.platform.backup, subject.platform.primary_database
    shipped = backup.database.log_shipping if backup and backup.database else None
    if shipped:
        return Log(behind=shipped.seconds, path=SHIPPED)
    known = subject.facts.limit("rds.pitr.lag")
    if database is None or not database.point_in_time_recovery or known is None:
        return None
    path = "primary_database.point_in_time_recovery"
    return Log(behind=float(known.value), path=path, facts=(str(known.fact),))


def _log_is_enough(subject: Subject) -> bool:
    """Whether the copied log stands in for frequent backups. The provider keeps it in the region;
    when that is lost, it takes a replica or a log that is shipped away."""
    shipped = log(subject)
    is_away = _has_replicas(subject) or (shipped and shipped.path == SHIPPED)
    loses_region = any(disaster.kind == "region" for disaster in disasters(subject.platform))
    return shipped is not None and (bool(is_away) or not loses_region)


def _rpo(subject: Subject) -> Duration | None:
    recovery = subject.platform.disaster_recovery
    return recovery.rpo if recovery else None


def _has_replicas(subject: Subject) -> bool:
    database = subject.platform.primary_database
    return bool(database and database.read_replicas and database.read_replicas.count)


@rule(
    "REC001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="Every store must be copied at least as often as the recovery point promises, unless"
    " its log is copied all the time.",
    why="what was written since the last copy is gone, and nobody can bring it back",
    source="AWS Well-Architected REL09-BP01 and REL13-BP01; RDS restores to about 5 minutes ago",
)
def copies_are_as_frequent_as_promised(subject: Subject) -> Iterator[Problem]:
    rpo, shipped = _rpo(subject), log(subject)
    if rpo is None:
        return
    if shipped and shipped.behind > rpo.seconds and not _has_replicas(subject):
        yield Problem(
            path=RPO,
            also=(shipped.path,),
            message=f"promises to lose at most {rpo}, and the copied log of the database may be"
            f" {span(shipped.behind)} behind",
            try_=f'write rpo: "{span(shipped.behind)}", or add primary_database.read_replicas',
            facts=shipped.facts,
        )
    for made in copies(subject):
        is_logged = made.path == DATABASE and _log_is_enough(subject)
        if is_logged or made.interval is None or made.interval <= rpo.seconds:
            continue
        here = home(subject.platform)
        only = f"the only backup that leaves {here}" if made.leaves_region else "the backup"
        yield Problem(
            path=made.interval_path,
            also=(RPO,),
            message=f"promises to lose at most {rpo}, but {only} ({made.store}) runs"
            f" {made.every}: up to {span(made.interval)} are lost",
            try_=_faster(made, rpo),
        )


def _faster(made: Copies, rpo: Duration) -> str:
    if made.path == DATABASE:
        return f'add {SHIPPED}: "5 minutes"'
    if made.path == SNAPSHOTS:
        return "keep what must not be lost in the database, and say cache_layer.role: cache"
    often = f'"every {span(rpo.seconds / 2)}"' if rpo.seconds >= 600 else "on_change"
    return f"write {made.interval_path}: {often}"


@rule(
    "REC002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Between two backups there must be time to make the backup and to bring it away.",
    why="a copy counts when it has arrived, not when it begins: the promise breaks a little each"
    " time",
    source="AWS Well-Architected REL13-BP01",
)
def copies_arrive_in_time(subject: Subject) -> Iterator[Problem]:
    rpo, shipped, throughput = _rpo(subject), log(subject), subject.figures.backup_throughput
    database = subject.platform.primary_database
    disk = database.storage if database else None
    for made in copies(subject):
        if rpo is None or made.interval is None or made.interval > rpo.seconds:
            continue
        is_database = made.path == DATABASE
        if is_database and shipped:
            continue
        takes = transfer_seconds(disk.size.bytes, throughput.value) if is_database and disk else 0.0
        cycle = BackupCycle(
            interval_seconds=made.interval,
            run_seconds=takes,
            copy_seconds=takes if made.leaves_region else 0.0,
        )
        if cycle.loss_seconds_max < rpo.seconds:
            continue
        takes_all = cycle.loss_seconds_max - made.interval
        needed = f"; to make it and bring it away takes {span(takes_all)}" if takes else ""
        yield Problem(
            path=made.interval_path,
            also=(RPO,),
            message=f"the backup ({made.store}) runs {made.every} for a promised loss of {rpo},"
            f" which leaves {span(rpo.seconds - made.interval)} to run and upload{needed}",
            try_=_faster(made, rpo),
            assumes=throughput.assumes if takes else (),
        )


@rule(
    "REC006",
    severity=Severity.CRITICAL,
    nature=Nature.UNBACKED,
    statement="Corrupted data must be recoverable from before its corruption, within the recovery"
    " point: by the log or by backups, not by replicas.",
    why="replicas copy corruption within seconds, so that only older copies are clean",
    source="AWS Well-Architected REL09-BP04",
)
def corruption_has_a_clean_copy(subject: Subject) -> Iterator[Problem]:
    rpo, backup = _rpo(subject), subject.platform.backup
    made = backup.database if backup else None
    if rpo is None or subject.platform.primary_database is None or log(subject):
        return
    interval = made.frequency.seconds if made else None
    if interval is not None and interval <= rpo.seconds:
        return
    what = f"{made.frequency} backups" if made else "0 backups"
    lost = f"which may be {span(interval)} old" if interval is not None else "of no known age"
    for disaster in disasters(subject.platform):
        if disaster.kind != "corruption":
            continue
        yield Problem(
            path=f"{disaster.path}.action",
            also=(f"{DATABASE}.frequency" if made else "primary_database", RPO),
            message=f'"{disaster.scenario.name}" restores from {what}, {lost}, and a loss'
            f" of at most {rpo} is promised; replicas have the same corruption",
            try_="add primary_database.point_in_time_recovery: true",
        )


@rule(
    "REC016",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="What the database refers to must be kept at least as long as its backups.",
    why="an old database comes back with rows whose files exist no more",
    source="AWS Well-Architected REL09",
)
def referenced_copies_live_as_long(subject: Subject) -> Iterator[Problem]:
    made = {copy.path: copy for copy in copies(subject)}
    database = made.get(DATABASE)
    for path, key in ((FILES, "retention"), (SNAPSHOTS, "snapshot_retention_limit")):
        other = made.get(path)
        if database is None or other is None or other.kept >= database.kept:
            continue
        yield Problem(
            path=f"{path}.{key}",
            also=(f"{DATABASE}.retention",),
            message=f"backups of the {other.store} are kept for {span(other.kept)}, those of the"
            f" database for {span(database.kept)}: between them a restored database refers to what"
            " is gone",
            try_=f"keep both for {span(database.kept)}",
        )


@rule(
    "REC017",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A chain of incremental backups must begin with a full one that is still kept.",
    why="without its first link no increment can be restored",
    source="pgBackRest user guide; NIST SP 800-34",
)
def increments_have_a_beginning(subject: Subject) -> Iterator[Problem]:
    backup = subject.platform.backup
    files = backup.application_data if backup else None
    if files is None or files.backup_type == "full":
        return
    full, kept = files.full_backup, files.retention
    if full and full.seconds is not None and full.seconds <= kept.seconds:
        return
    made = f"a full one is made only {full}" if full else "0 full ones are made in that time"
    yield Problem(
        path=f"{FILES}.{'full_backup' if full else 'backup_type'}",
        also=(f"{FILES}.retention",),
        message=f"{files.backup_type} backups are kept for {kept}, and {made}",
        try_='add full_backup: "daily"' if kept.days < 14 else 'add full_backup: "weekly"',
    )

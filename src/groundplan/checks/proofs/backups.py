"""Proofs of backups: a schedule that is declared keeps its own promise, unless a copy takes longer
than the time between two, the provider keeps less, or the first link of a chain goes too early."""

from groundplan.checks.capacity.machines import is_on_aws
from groundplan.checks.numbers.recovery import transfer_seconds
from groundplan.checks.proofs.proof import Proof, argument
from groundplan.checks.proofs.spread import FACTOR
from groundplan.checks.reading import span
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Promise, Verdict

FILES = "backup.application_data"
SHIPPED = "backup.database.log_shipping"
SIZE = "primary_database.storage.size"
RETENTION_MAX = "rds.backup.retention.max"
DAY_SECONDS = 86_400


def database_schedule(subject: Subject, promise: Promise) -> Proof:
    """How often the database is copied."""
    told, database = argument(subject, promise), subject.platform.primary_database
    if database is None:
        return told.unknown("the file has no database to copy")
    if database.storage is None:
        return told.ends(Verdict.KEPT, promise.limit, "the schedule is declared")
    speed = subject.figures.backup_throughput
    takes = transfer_seconds(database.storage.size.bytes, speed.value)
    told = told.written("size of the database", database.storage.size, SIZE)
    told = told.figures("backup_throughput")
    told = told.computed("a copy takes", span(takes), "size / throughput")
    spread = FACTOR if speed.assumed else 1.0
    if takes / spread > promise.limit:
        return told.ends(Verdict.BROKEN, takes, f"a copy takes {span(takes)}, longer than that")
    if takes * spread > promise.limit:
        return told.unknown(
            f"a copy takes about {span(takes)}, maybe longer than that: say"
            " assumptions.backup_throughput"
        )
    result = f"the schedule is declared, and a copy takes {span(takes)}"
    return told.ends(Verdict.KEPT, promise.limit, result)


def restore_time(subject: Subject, promise: Promise) -> Proof:
    """How long the files of a backup take to come back; detection and people are not in it."""
    told, database = argument(subject, promise), subject.platform.primary_database
    if database is None or database.storage is None:
        return told.unknown(f"nothing says how large the database is: say {SIZE}")
    speed = subject.figures.restore_throughput
    takes = transfer_seconds(database.storage.size.bytes, speed.value)
    told = told.written("size of the database", database.storage.size, SIZE)
    told = told.figures("restore_throughput")
    told = told.computed("a restore takes", span(takes), "size / throughput")
    spread = FACTOR if speed.assumed else 1.0
    if takes / spread > promise.limit:
        return told.ends(Verdict.BROKEN, takes, f"a restore takes {span(takes)}, longer than that")
    if takes * spread > promise.limit:
        return told.unknown(
            f"a restore takes about {span(takes)}, maybe longer than that: say"
            " assumptions.restore_throughput"
        )
    return told.ends(Verdict.KEPT, takes, f"a restore takes {span(takes)}")


def archive_lag(subject: Subject, promise: Promise) -> Proof:
    """A part of the log is sent after a declared time, full or not."""
    told, backup = argument(subject, promise), subject.platform.backup
    shipped = backup.database.log_shipping if backup and backup.database else None
    if shipped is None:
        return told.unknown("nothing says how long log may wait: say backup.database.log_shipping")
    told = told.written("a part of the log is sent within", shipped, SHIPPED)
    verdict = promise.verdict(shipped.seconds)
    return told.ends(verdict, shipped.seconds, f"the log is at most {shipped} behind")


def copy_time(subject: Subject, promise: Promise) -> Proof:
    """Of caches and files nothing in the file says how large they are."""
    return argument(subject, promise).unknown(
        "nothing says how much is copied: `groundplan backup verify --what all` measures it"
    )


def schedule(subject: Subject, promise: Promise) -> Proof:
    """How often something is done that the file has a time for."""
    return argument(subject, promise).ends(Verdict.KEPT, promise.limit, "the schedule is declared")


def kept(subject: Subject, promise: Promise) -> Proof:
    """For how long copies of the database or snapshots of the cache are kept."""
    return argument(subject, promise).ends(Verdict.KEPT, promise.limit, "the time is declared")


def files_kept(subject: Subject, promise: Promise) -> Proof:
    """For how long copies of files are kept. Increments are worth as much as their first link."""
    told, backup = argument(subject, promise), subject.platform.backup
    files = backup.application_data if backup else None
    if files is None or files.backup_type == "full":
        return told.ends(
            Verdict.KEPT, promise.limit, "the time is declared, and each copy is whole"
        )
    told = told.written("kind of copy", files.backup_type, f"{FILES}.backup_type")
    full = files.full_backup
    if full is None or full.seconds is None:
        return told.unknown(f"nothing says what the increments begin with: say {FILES}.full_backup")
    told = told.written("a full copy", full, f"{FILES}.full_backup")
    if full.seconds > promise.limit:
        return told.ends(
            Verdict.BROKEN,
            promise.limit,
            f"a full copy is made {full} and gone after {promise.target}: what follows it is lost",
        )
    return told.ends(Verdict.KEPT, promise.limit, f"the chain begins anew {full}")


def provider_kept(subject: Subject, promise: Promise) -> Proof:
    """For how long the provider keeps its own backups of the database."""
    told, row = argument(subject, promise), subject.facts.limit(RETENTION_MAX)
    if not is_on_aws(subject.platform) or row is None:
        return told.unknown("how long the provider keeps backups at most is in no table")
    longest = float(row.value) * DAY_SECONDS
    told = told.known("the provider keeps at most", f"{row.value} days", row.fact)
    if longest < promise.limit:
        result = f"the provider keeps {row.value} days at most"
        return told.ends(Verdict.BROKEN, longest, result)
    return told.ends(
        Verdict.KEPT, promise.limit, "the time is declared, and the provider allows it"
    )

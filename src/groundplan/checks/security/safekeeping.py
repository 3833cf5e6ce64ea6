"""Rules of what guards data where it lies: encryption, and a second thought before deletion."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.checks.reading import listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

COPIES = "backup.database.encryption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A place for data, and whether each kind of encryption is on, by key."""

    path: str
    encryption: tuple[tuple[str, bool], ...]


def _stores(platform: Platform) -> Iterator[Store]:
    database, cache = platform.primary_database, platform.cache_layer
    logs = platform.logging.elasticsearch if platform.logging else None
    if database:
        yield Store(
            path="primary_database",
            encryption=(
                ("storage_encrypted", database.storage_encrypted),
                ("transit_encryption", database.transit_encryption),
            ),
        )
    for path, store in (("cache_layer", cache), ("logging.elasticsearch", logs)):
        if store:
            yield Store(
                path=path,
                encryption=(
                    ("at_rest_encryption", store.at_rest_encryption),
                    ("transit_encryption", store.transit_encryption),
                ),
            )


@rule(
    "SEC010",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="Every store is encrypted on disk and on the wire, and the file says so.",
    why="a disk, a snapshot or a line that is read by others gives away what backups protect;"
    " most stores cannot be encrypted later without being made anew",
    source="CIS AWS Foundations 2.3; Checkov CKV_AWS_16, CKV_AWS_29, CKV_AWS_30",
)
def stores_are_encrypted(subject: Subject) -> Iterator[Problem]:
    backup = subject.platform.backup
    copies = backup.database.encryption if backup and backup.database else None
    for store in _stores(subject.platform):
        off = [key for key, is_on in store.encryption if not is_on]
        if off:
            contrast = f", while its backups are ({copies})" if copies else ""
            is_database = store.path == "primary_database"
            yield Problem(
                path=store.path,
                also=(COPIES,) if copies else (),
                message=f"{store.path} lacks {len(off)} of {len(store.encryption)} kinds of"
                f" encryption: {listed(off)}{contrast if is_database else ''}",
                try_=f"add {listed(f'{key}: true' for key in off)} to {store.path}",
            )


@rule(
    "SEC011",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="The database that holds the truth cannot be deleted by one command.",
    why="one wrong plan deletes the database, and its automatic backups go with it",
    source="Checkov CKV_AWS_293; RDS user guide, deletion protection",
)
def database_is_protected_from_deletion(subject: Subject) -> Iterator[Problem]:
    database = subject.platform.primary_database
    if database is None or database.deletion_protection:
        return
    size = f"{database.storage.size} of data" if database.storage else "1 database"
    kept = database.backup
    days = f" and {kept.retention_days} days of automatic backups" if kept else ""
    yield Problem(
        path="primary_database",
        also=("primary_database.backup",) if kept else (),
        message=f"deletion_protection is off: one command deletes {size}{days}",
        try_="add deletion_protection: true to primary_database",
    )

"""`primary_database`: the PostgreSQL that holds the truth, and its read replicas."""

from typing import Literal

from groundplan.spec.section import Flag, Name, Positive, Section, Text, Whole
from groundplan.units import Bytes, Duration, TimeWindow, Version, WeeklyWindow


class Storage(Section):
    """The disk of a server."""

    type: Text
    size: Bytes
    iops: Positive | None = None


class DatabaseBackup(Section):
    """The provider's own backups and the hours in which it may work on the server."""

    retention_days: Whole
    backup_window: TimeWindow | None = None
    maintenance_window: WeeklyWindow | None = None


class ReadReplicas(Section):
    """Replicas in other regions. `synchronous`: a write is confirmed when one of them has it."""

    count: Whole
    instance_class: Text | None = None
    regions: tuple[Name, ...] = ()
    synchronous: Flag = False
    lag_max: Duration | None = None  # people are told of more; none: of more than the rpo


class Standbys(Section):
    """Synchronous standbys in the primary region: a write is confirmed when any one has it."""

    count: Positive = 1
    when_none: Literal["go_alone", "wait"] = "go_alone"  # none is left: go on without, or wait
    after: Duration | None = None  # for how long writes wait before they go on; none: 10 s


class Database(Section):
    """The primary database. `multi_az` asks for a synchronous standby in the primary region."""

    engine: Literal["postgresql", "postgres"]
    version: Version
    instance_class: Text | None = None
    storage: Storage | None = None
    backup: DatabaseBackup | None = None
    read_replicas: ReadReplicas | None = None
    databases: tuple[Text, ...] = ()  # none: one, named after the platform
    multi_az: Flag = False
    standbys: Standbys | None = None  # none: one when multi_az asks for it
    storage_encrypted: Flag = False
    transit_encryption: Flag = False
    deletion_protection: Flag = False
    point_in_time_recovery: Flag = False
    personal_data: Flag = True
    transfer_basis: Text | None = None  # what lets people's data leave their jurisdiction

"""`backup`: what is copied, how often, for how long."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from groundplan.spec.section import Flag, Name, Section, Text
from groundplan.units import Duration, Quantity, Slips

_SECONDS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_629_800.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency(Quantity):
    """How often: "daily", "every 15m", or "on_change", which has no interval."""

    seconds: float | None

    forms: ClassVar[str] = "hourly, daily, weekly, monthly, on_change, or every and a time"
    what: ClassVar[str] = "a frequency"
    slips: ClassVar[Slips] = (
        (r"^(?:nightly|every (?:day|night))$", "daily"),
        (r"^every hour$", "hourly"),
        (r"^every week$", "weekly"),
        (r"^(?=\d)", "every "),
    )
    examples: ClassVar[tuple[str, ...]] = ("daily", "hourly", "every 15m", "on_change")
    pattern: ClassVar[str] = rf"hourly|daily|weekly|monthly|on_change|every ({Duration.pattern})"

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        seconds = Duration.parse(groups[0]).seconds if groups[0] else _SECONDS.get(text)
        return cls(text=text, seconds=seconds)


class DatabaseCopies(Section):
    """Backups of the primary database."""

    frequency: Frequency
    retention: Duration
    encryption: Text | None = None
    cross_region: Flag = False
    regions: tuple[Name, ...] = ()  # where the copies go
    kms_key: Text | None = None  # what opens the copies there
    log_shipping: Duration | None = None  # how far behind the shipped write-ahead log may be
    immutable: Flag = False  # nobody can change or delete a copy before its time
    log_immutable: Flag = False  # nor what was shipped of the log
    account: Text | None = None  # another account that holds the copies
    restore_test: Frequency | None = None  # how often one is restored, to prove it
    compression: Literal["zst", "lz4"] = "zst"


class ApplicationCopies(Section):
    """Backups of files and objects."""

    paths: tuple[Text, ...] = ()  # files and folders, relative to this file
    frequency: Frequency
    retention: Duration
    backup_type: Literal["full", "incremental", "differential"] = "full"
    full_backup: Frequency | None = None  # what the other two types begin with
    encryption: Text | None = None
    cross_region: Flag = False
    regions: tuple[Name, ...] = ()  # where the copies go
    kms_key: Text | None = None  # what opens the copies there
    immutable: Flag = False  # nobody can change or delete a copy before its time
    account: Text | None = None  # another account that holds the copies


class ConfigurationCopies(Section):
    """Backups of what the platform is built from."""

    frequency: Frequency
    versioning: Flag = False
    storage: Text | None = None
    secrets: Text | None = None  # where secrets and certificates are copied to


class Backup(Section):
    """All backups."""

    database: DatabaseCopies | None = None
    application_data: ApplicationCopies | None = None
    configuration: ConfigurationCopies | None = None

"""What the tables hold: one class for each kind of row, each with its provenance in `fact`."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from groundplan.checks.facts.provenance import Fact
from groundplan.units import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A list price in US dollars for one `unit`: hour, month, GB-month, GB, 1k, 1M, LCU-hour."""

    sku: str
    region: str
    unit: str
    usd: Decimal
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceType:
    """A size of machine: "c5.large", "db.r6g.xlarge", "cache.r6g.large", "m6g.large.search".

    `pods_max` and `allocatable_*` are for Kubernetes nodes and None elsewhere: what is left
    for pods after kubelet, operating system and eviction reserve.
    """

    name: str
    vcpu: int
    memory_gib: Decimal
    gpus: int
    is_burstable: bool
    arch: str  # "x86_64" or "arm64"
    pods_max: int | None
    allocatable_vcpu: Decimal | None
    allocatable_memory_gib: Decimal | None
    fact: Fact

    @property
    def family(self) -> str:
        """The name without service and size: "r6g" for "db.r6g.xlarge"."""
        words = self.name.removeprefix("db.").removeprefix("cache.").split(".")
        return words[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFacts:
    """A region of a provider: where it is, whose law holds there, what its zones are called."""

    name: str
    provider: str  # "aws", "azure"
    city: str
    country: str  # ISO 3166 code
    latitude: float
    longitude: float
    jurisdiction: str  # "EU", "US", "CA", "UK", "AU", "JP", ...
    timezone: str  # IANA name
    utc_offset_january: int  # minutes; so that no machine needs a time zone database
    utc_offset_july: int
    zones: tuple[str, ...]  # "us-east-1a"; for Azure "1", "2", "3"
    fact: Fact

    @property
    def position(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return (self.latitude, self.longitude)

    @property
    def utc_offsets(self) -> tuple[int, ...]:
        """What its clocks are ahead of UTC in the course of a year, in minutes."""
        return tuple(dict.fromkeys((self.utc_offset_january, self.utc_offset_july)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """A provider's contract: a floor with money behind it, not a measured availability."""

    service: str
    redundancy: str  # "single-az", "multi-az", "multi-region", "any"
    monthly_percent: Decimal
    fact: Fact

    @property
    def ratio(self) -> Decimal:
        """As a fraction of one."""
        return self.monthly_percent / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRelease:
    """One supported line of an engine: "postgres 15", "redis 7.0", "node 18"."""

    engine: str
    line: str
    released: date | None
    end_of_life: date | None  # None where none is announced
    latest: str  # newest release of the line that the table knows; "" if it names none
    minimum: str  # oldest release that the managed service still creates; "" if unknown
    fact: Fact

    @property
    def numbers(self) -> tuple[int, ...]:
        """The line as numbers, to tell an older one from a newer; none where it has none."""
        return _numbers(self.line)

    def is_over(self, today: date) -> bool:
        """Whether the line gets no more fixes."""
        return self.end_of_life is not None and self.end_of_life <= today

    def is_behind(self, version: str) -> bool:
        """Whether the version is older than the newest that the table knows of its line.

        A version that names the line alone ("15") follows the newest and is never behind.
        """
        wanted, latest = _numbers(version), _numbers(self.latest)
        return bool(latest) and len(wanted) >= len(latest) and wanted < latest


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRule:
    """What a kind of storage demands and gives, for sizes from `size_gib_min` on."""

    service: str  # "rds-postgres", "ebs", "s3"
    type: str  # "gp3", "standard-ia", "glacier"
    size_gib_min: int
    iops_baseline: int | None
    iops_max: int | None
    throughput_mibs_baseline: int | None
    throughput_mibs_max: int | None
    is_settable: bool  # whether iops may be given at this size
    days_min: int | None  # billed at least this long
    object_bytes_min: int | None  # billed at least this large
    retrieval: str  # "" when reading needs no wait
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A quota, a notice, a parameter of a service: "ec2.spot.notice" is 120 s."""

    key: str
    value: Decimal
    unit: str
    adjustable: bool
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """A name that is going away, and what to write instead. `since` may be a version or a day."""

    kind: str  # "kubernetes-api", "terraform-key", "instance-suffix", "setting", "action"
    name: str
    status: str  # "served", "deprecated", "removed", "archived"
    since: str
    instead: str
    fact: Fact


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return Version.parse(text).numbers
    except ValueError:
        return ()

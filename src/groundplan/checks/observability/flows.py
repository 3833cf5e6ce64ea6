"""How much logs and traces there are, and how much of them fits: inputs of the rules."""

from dataclasses import dataclass

from groundplan.checks.capacity.demand import demand
from groundplan.checks.numbers.volume import Store, Stream
from groundplan.checks.subject import Subject
from groundplan.spec.logging import Elasticsearch
from groundplan.spec.retention import Retention
from groundplan.units import Duration

STORE = "logging.elasticsearch"
CLASSES = ("application_logs", "security_logs", "audit_logs", "debug_logs")
GB = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Something that is written all day, and what that rests on."""

    stream: Stream
    assumes: tuple[str, ...]

    @property
    def gb_per_day(self) -> float:
        """In powers of ten, as disks are sold."""
        return self.stream.bytes_per_day / GB


def mean_rate(subject: Subject) -> tuple[float, tuple[str, ...]] | None:
    """Requests per second over a day; between the promised peak and the quietest hour."""
    wanted, night = demand(subject), subject.figures.night_traffic
    if wanted is None:
        return None
    return wanted.platform * (1 + night.value) / 2, night.assumes


def logs(subject: Subject) -> Flow | None:
    """The lines that requests write; None when no rate is promised."""
    rate, figures = mean_rate(subject), subject.figures
    if rate is None:
        return None
    lines, size = figures.log_lines_per_request, figures.bytes_per_log_line
    return Flow(
        stream=Stream(per_second=rate[0] * lines.value, bytes_each=size.value),
        assumes=(*lines.assumes, *size.assumes, *rate[1]),
    )


def store(subject: Subject) -> tuple[Elasticsearch, Store] | None:
    """The store of the logs; None when its size is not written."""
    written = subject.platform.logging.elasticsearch if subject.platform.logging else None
    fill = subject.facts.limit("opensearch.fill.max")
    if written is None or written.storage is None:
        return None
    disks = Store(
        disk_bytes=float(written.storage.bytes) * written.cluster_size,
        replicas=written.replicas,
        fill=float(fill.value) if fill else 1.0,
    )
    return written, disks


def hot_days(subject: Subject, kept: Duration) -> float:
    """For how long records of a class stay in the store, before they go to the archive."""
    archive = subject.platform.logging.archive if subject.platform.logging else None
    return min(kept.days, archive.after.days) if archive else kept.days


def classes(subject: Subject) -> dict[str, Duration]:
    """The classes of logs with a time, by name."""
    retention = subject.platform.retention or Retention()
    kept: dict[str, Duration | None] = {name: getattr(retention, name) for name in CLASSES}
    return {name: time for name, time in kept.items() if time is not None}

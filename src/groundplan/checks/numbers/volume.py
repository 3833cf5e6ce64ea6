"""What logs and traces need on disk, and what fits. Amounts are bytes, times days or seconds."""

from dataclasses import dataclass

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Events that arrive all the time: log lines, spans."""

    per_second: float
    bytes_each: float

    @property
    def bytes_per_day(self) -> float:
        """5,000 lines of 500 bytes a second are 216 GB a day."""
        return self.per_second * self.bytes_each * SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Disks of one cluster. `fill` is how full they may get (Elasticsearch stops at 0.85)."""

    disk_bytes: float
    replicas: int = 0  # copies besides the first
    fill: float = 1.0

    @property
    def usable_bytes(self) -> float:
        """How much of the original data fits."""
        return self.disk_bytes * self.fill / (1 + self.replicas)

    def days(self, bytes_per_day: float) -> float | None:
        """For how many days of data there is room; None when nothing arrives."""
        return self.usable_bytes / bytes_per_day if bytes_per_day else None


def disk_bytes(
    bytes_per_day: float, *, retention_days: float, replicas: int = 0, fill: float = 1.0
) -> float:
    """Disk that a retention needs: rate x days x copies / fill."""
    return bytes_per_day * retention_days * (1 + replicas) / fill


def spans(
    requests_per_second: float, *, sampled: float, spans_each: float, bytes_each: float
) -> Stream:
    """The spans of the requests that are sampled (`sampled` as a fraction of one)."""
    return Stream(per_second=requests_per_second * sampled * spans_each, bytes_each=bytes_each)

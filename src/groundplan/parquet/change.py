"""What may happen to the list of files of a store: one shape, so that it can be kept elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundplan.parquet.partition import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file that counts; its path is relative to the store's folder."""

    path: str
    partition: Partition
    rows: int
    bytes: int
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All of it happens, or nothing: a batch comes in, files go, others come, a partition goes,
    sources were read further."""

    batch: str = ""
    gone: tuple[Listed, ...] = ()
    new: tuple[Listed, ...] = ()
    dropped: str = ""  # the path of a partition
    marks: Mapping[str, str] = field(default_factory=dict)

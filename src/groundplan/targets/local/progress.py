"""What a target tells while it works: one event per part and stage."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a part is on its way."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    RELOADING = "reloading"
    STOPPING = "stopping"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One event. `seconds` since the whole work began."""

    part: str
    site: str
    stage: Stage
    message: str
    seconds: float


Report = Callable[[Progress], None]

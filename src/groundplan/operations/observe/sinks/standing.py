"""How a sink stands: what it got, what waits for it, what it never gets. Pure but for the reading
of the file in which the collector says so."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

BEHIND_SECONDS = 60.0  # what waits no longer is on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkStanding:
    """Counts of records; `behind_seconds` is how long the oldest has waited."""

    name: str
    sent: int
    waiting: int
    refused: int  # put aside, with the reason
    dropped: int  # the spool was full
    bytes: int
    behind_seconds: float
    trouble: str = ""

    @property
    def sentence(self) -> str:
        """What is to be said of it; "" when it is not behind."""
        if self.behind_seconds < BEHIND_SECONDS:
            return ""
        told = [
            f"{self.waiting:,} records wait ({self.bytes / 1e6:,.1f} MB), the oldest for "
            f"{self.behind_seconds / 60:,.0f} min"
        ]
        if self.dropped:
            told.append(f"{self.dropped:,} were dropped, because no more are kept for it")
        if self.trouble:
            told.append(self.trouble)
        return "; ".join(told)


def as_json(standings: Sequence[SinkStanding]) -> list[dict[str, Any]]:
    """As the collector's heartbeat has them."""
    return [asdict(each) for each in standings]


def read(heartbeat: Path) -> tuple[SinkStanding, ...]:
    """What the collector said last; nothing when it said nothing that can be read."""
    try:
        found = orjson.loads(heartbeat.read_bytes()).get("sinks", [])
        return tuple(SinkStanding(**each) for each in found)
    except (OSError, ValueError, TypeError, AttributeError):
        return ()

"""What the watch saw last of a primary that is not well any more: how much would be lost with it.

It is written when the primary begins to be unwell, so that a failover that somebody asks for later,
and an agent that was started since, know until when it confirmed writes.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from groundplan.operations.recovery.choice import Question
from groundplan.operations.recovery.pulse import Condition, Pulse
from groundplan.ports.databases import Claim, Sight
from groundplan.ports.folder import LAST_SEEN
from groundplan.targets.local.files import write_if_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """How far a primary had written, and when it last confirmed a write, as far as was seen."""

    name: str
    term: int
    written: int
    alive_at: float | None


def remember(folder: Path, pulse: Pulse) -> None:
    """Writes it down, unless the primary is well: then the next look is as good."""
    if pulse.condition is Condition.WELL or pulse.alive_at is None:
        return
    seen = LastSeen(
        name=pulse.claim.name,
        term=pulse.claim.term,
        written=pulse.written,
        alive_at=pulse.alive_at,
    )
    write_if_changed(folder / LAST_SEEN, json.dumps(asdict(seen)) + "\n")


def last_seen(folder: Path, claim: Claim, sights: tuple[Sight, ...]) -> LastSeen:
    """From the look and, while the primary does not confirm writes, from what was written down."""
    written = max((sight.received for sight in sights), default=0)
    primary = next((sight for sight in sights if sight.name == claim.name), None)
    now = LastSeen(name=claim.name, term=claim.term, written=written, alive_at=None)
    if primary is not None and primary.answers and primary.acknowledged:
        return LastSeen(name=now.name, term=now.term, written=written, alive_at=time.time())
    try:
        then = LastSeen(**json.loads((folder / LAST_SEEN).read_text()))
    except (OSError, ValueError, TypeError):
        return now
    if (then.name, then.term) != (claim.name, claim.term):
        return now
    return LastSeen(
        name=then.name,
        term=then.term,
        written=max(written, then.written),
        alive_at=then.alive_at,
    )


def question(folder: Path, claim: Claim, sights: tuple[Sight, ...], region: str) -> Question:
    """Who of a region would take over when somebody gives the primary up now."""
    seen = last_seen(folder, claim, sights)
    return Question(
        old=claim.name,
        region=region,
        synchronous=(),
        written=seen.written,
        alive_at=seen.alive_at,
        may_lose=True,
    )

"""A region that somebody broke into: shut, stopped, and kept for the investigation; and back."""

from dataclasses import dataclass

from groundplan.ports.isolation import Isolation
from groundplan.ports.journal import Journal, Outcome, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolate:
    """The region; `primary_region` is where the database takes writes now."""

    region: str
    primary_region: str
    others: tuple[str, ...]  # regions that go on


def isolate(journal: Journal, isolation: Isolation, arguments: Isolate) -> Outcome:
    """Takes a region out. What goes on elsewhere goes on: the primary has to be elsewhere first."""
    region = arguments.region
    if not arguments.others:
        return _refused(f"{region} is the only region, so isolating it would be an outage")
    if arguments.primary_region == region:
        other = arguments.others[0]
        return _refused(
            f"the database takes its writes in {region}: move it away first, with "
            f"`groundplan switchover {other}`"
        )
    journal.step("shut the region", lambda: isolation.shut(region))
    journal.tell(f"the edge sends nobody to {region} any more")
    stopped = journal.step("stop what serves there", lambda: list(isolation.freeze(region)))
    journal.tell(f"{len(stopped)} parts of {region} are stopped; their data stays")
    where = journal.step(
        "keep the evidence", lambda: isolation.keep_evidence(region, journal.operation)
    )
    return Outcome(
        state=State.DONE,
        summary=f"{region} is isolated; what it said is kept in {where}",
        facts={"region": region, "stopped": list(stopped), "evidence": where},
    )


def readmit(journal: Journal, isolation: Isolation, region: str) -> Outcome:
    """Takes a region in again, with the credentials that count now."""
    journal.step("start what was stopped", lambda: isolation.thaw(region))
    journal.step("open the region", lambda: isolation.open(region))
    return Outcome(
        state=State.DONE,
        summary=f"{region} serves again",
        facts={"region": region},
    )


def _refused(why: str) -> Outcome:
    return Outcome(state=State.REFUSED, summary=why)

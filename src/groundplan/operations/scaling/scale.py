"""The operation `scale`: other numbers of replicas, for a load that was seen.

It is short: replicas are started and left to their gateways, which give them requests when they are
ready. Who has to move a primary waits for nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.ports.fleets import Fleets
from groundplan.ports.journal import Journal, Json, Outcome, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """By place: how many, and what was seen there."""

    wanted: Mapping[str, int]
    because: Mapping[str, str]


def scale(journal: Journal, fleets: Fleets, arguments: Scale) -> Outcome:
    """Ends with those numbers."""
    before = journal.step("count them", lambda: _numbers(fleets))
    journal.step("scale", lambda: fleets.stand(arguments.wanted))
    after = journal.step("count them again", lambda: _numbers(fleets))
    changed = {
        place: [number, after[place]]
        for place, number in before.items()
        if after.get(place, number) != number
    }
    for place, (old, new) in changed.items():
        because = arguments.because.get(place, "")
        journal.tell(f"{place} has {new} replicas instead of {old}", because=because)
    shown = ", ".join(f"{place} {new} instead of {old}" for place, (old, new) in changed.items())
    facts: Json = {place: [*counts] for place, counts in changed.items()}
    summary = f"replicas: {shown}" if shown else "there were so many already"
    return Outcome(state=State.DONE, summary=summary, facts={"replicas": facts})


def _numbers(fleets: Fleets) -> dict[str, int]:
    return {place: fleet.number for place, fleet in fleets.look().items()}

"""The response that the file declares for a scenario, and the way back to normal.

What is automatic is left to the platform. What somebody has to approve waits for that here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from groundplan.design.drills import Drill
from groundplan.operations.recovery.drill.story import Story
from groundplan.ports.journal import Json, Outcome, State, approval
from groundplan.ports.operations import Operations

LOOK_SECONDS = 0.5
OPERATION_SECONDS_MAX = 1800.0
APPROVAL_SECONDS = 600.0


class Answer(StrEnum):
    """Whether there was a response."""

    GIVEN = "given"
    REFUSED = "refused"  # nobody approved it, or it did not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a drill happens: the region, where the database takes writes, who could stand in."""

    region: str
    primary_region: str
    partner: str


Task = tuple[str, Mapping[str, Json]]  # a kind of operation and its arguments


_BACKUP: Task = ("backup", {"kind": "incremental"})


def tasks(drill: Drill, place: Place) -> tuple[Task, ...]:
    """The operations that a response consists of. Pure; none: the platform helps itself."""
    match drill.kind:
        case "region" if not drill.is_automatic:
            return (("failover", {"region": place.partner}),)
        case "corruption":
            return (("restore", {"to": "latest"}),)
        case "breach":
            away: Task = ("switchover", {"region": place.partner})
            moves = (away,) if place.primary_region == place.region else ()
            return (
                *moves,
                ("isolate", {"region": place.region}),
                ("rotate-credentials", {"without": [place.region]}),
            )
        case "disk-full":
            return (_BACKUP,)
    return ()


def tasks_back(drill: Drill, place: Place) -> tuple[Task, ...]:
    """The operations that bring back what was there before. Pure."""
    home: Task = ("switchover", {"region": place.region})
    moved = place.primary_region == place.region
    match drill.kind:
        case "region":
            return (home,) if moved else ()
        case "breach":
            return (("readmit", {"region": place.region}), *((home,) if moved else ()))
        case "disk-full":
            return (_BACKUP,)
    return ()


def answer(
    story: Story, operations: Operations, drill: Drill, place: Place, *, is_approved: bool
) -> Answer:
    """Has the response carried out, or leaves the platform to itself."""
    wanted = tasks(drill, place)
    if is_approved and not drill.is_automatic:
        story.tell("the response was approved beforehand")
    elif not drill.is_automatic:
        seconds = drill.approval_seconds or APPROVAL_SECONDS
        refused = approval(story.journal, f"{drill.title}: {drill.action}?", seconds=seconds)
        if refused is not None:
            story.tell(refused.summary)
            return Answer.REFUSED
    answered = perform_all(story, operations, wanted)
    # A backup on a full disk may fail, and has to say so; reads and writes have to go on.
    return Answer.GIVEN if drill.kind == "disk-full" else answered


def perform_all(story: Story, operations: Operations, wanted: tuple[Task, ...]) -> Answer:
    """One after the other, until one does not do what it should."""
    for task in wanted:
        outcome = _perform(story, operations, task)
        if outcome.state is not State.DONE or outcome.facts.get("faults"):
            return Answer.REFUSED
    return Answer.GIVEN


def _perform(story: Story, operations: Operations, task: Task) -> Outcome:
    """Has an operation done and waits for its end."""
    journal, (kind, arguments) = story.journal, task
    key = f"{kind} {len(story.moments)}"
    why = f"the drill {journal.operation}"
    started = journal.step(
        f"start {kind}", lambda: operations.start(kind, arguments, why=why, key=key)
    )
    story.tell(f"{kind} begins ({started})")
    until = journal.now() + OPERATION_SECONDS_MAX
    while journal.now() < until:
        found = journal.step(f"look at {kind}", lambda: _ended(operations, started))
        if found:
            outcome = Outcome(
                state=State(str(found["state"])),
                summary=str(found["summary"]),
                facts={"faults": found["faults"]},
            )
            story.tell(f"{kind}: {outcome.summary}")
            return outcome
        journal.sleep(LOOK_SECONDS)
    return Outcome(state=State.FAILED, summary=f"{kind} goes on for too long")


def _ended(operations: Operations, operation: str) -> dict[str, Json]:
    outcome = operations.outcome(operation)
    if outcome is None:
        return {}
    return {
        "state": outcome.state.value,
        "summary": outcome.summary,
        "faults": outcome.facts.get("faults") or [],
    }

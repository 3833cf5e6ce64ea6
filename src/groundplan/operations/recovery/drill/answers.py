"""The response that the file declares for a scenario, and the way back to normal.

What is automatic is left to the platform. What somebody has to approve waits for that here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from groundplan.design.drills import Drill
from groundplan.errors import TargetError
from groundplan.operations.recovery.drill.story import Story
from groundplan.ports.journal import Json, Outcome, State, approval
from groundplan.ports.operations import Operations

LOOK_SECONDS = 0.5
OPERATION_SECONDS_MAX = 1800.0
HELD_SECONDS_MAX = 300.0  # how long another may hold the platform that a drill needs
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
    journal, (kind, _) = story.journal, task
    started = _started(story, operations, task)
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


def _started(story: Story, operations: Operations, task: Task) -> str:
    """Starts an operation as soon as whatever holds the platform has let go of it: the platform
    helps itself meanwhile, and has servers of its own to mend. TargetError when it never does."""
    journal, (kind, arguments) = story.journal, task
    key = f"{kind} {len(story.moments)}"
    until, said = journal.now() + HELD_SECONDS_MAX, ""

    def start(*, is_last: bool) -> dict[str, str]:
        try:
            begun = operations.start(kind, arguments, why=f"the drill {journal.operation}", key=key)
        except TargetError as error:
            if is_last or not error.retry:
                raise
            return {"held": error.why}
        return {"id": begun}

    while True:
        is_last = journal.now() >= until
        found = journal.step(f"start {kind}", partial(start, is_last=is_last))
        if "id" in found:
            return found["id"]
        if found["held"] != said:
            story.tell(f"{kind} waits: {found['held']}")
        said = found["held"]
        journal.sleep(LOOK_SECONDS)


def _ended(operations: Operations, operation: str) -> dict[str, Json]:
    outcome = operations.outcome(operation)
    if outcome is None:
        return {}
    return {
        "state": outcome.state.value,
        "summary": outcome.summary,
        "faults": outcome.facts.get("faults") or [],
    }

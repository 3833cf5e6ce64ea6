"""One drill: something is broken for real, the response is the real one, and somebody watches.

The drill itself repairs nothing that the platform promises to repair; it only takes its fault away
afterwards. Whatever happens to it, the fault does not outlive it.
"""

from dataclasses import dataclass, replace

from groundplan.design.drills import Drill
from groundplan.errors import TargetError
from groundplan.operations.recovery.drill import measure
from groundplan.operations.recovery.drill.answers import (
    Answer,
    Place,
    answer,
    perform_all,
    tasks_back,
)
from groundplan.operations.recovery.drill.evidence import evidence
from groundplan.operations.recovery.drill.report import Moment, Report, to_html, to_json
from groundplan.operations.recovery.drill.story import Story
from groundplan.ports.faults import Faults
from groundplan.ports.journal import Journal, Json, Outcome, State
from groundplan.ports.operations import Operations
from groundplan.ports.reports import Reports
from groundplan.ports.witness import Sort, Witness
from groundplan.promise.promise import Verdict

CALM_SECONDS = 3.0
BEFORE_SECONDS = 30.0  # for how long a platform that is not well is waited for
WATCH_SECONDS_MAX = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a drill needs of the world."""

    faults: Faults
    witness: Witness
    operations: Operations
    reports: Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What is to be rehearsed. `victims` are the parts that the fault hits."""

    drill: Drill
    place: Place
    victims: tuple[str, ...] = ()
    is_approved: bool = False  # somebody approved the response beforehand


def rehearse(journal: Journal, ports: Ports, rehearsal: Rehearsal) -> Outcome:
    """Breaks, waits for the response, measures, mends, and goes back to normal."""
    journal.step("begin to watch", ports.witness.begin)
    if not _is_calm(journal, ports, "see that all is well", BEFORE_SECONDS):
        journal.step("stop watching", ports.witness.end)
        return Outcome(
            state=State.REFUSED,
            summary="nothing was broken: reads or writes failed before the drill began",
        )
    story = Story(journal=journal, fault=journal.now())
    try:
        return _rehearsed(story, ports, rehearsal)
    except TargetError as error:
        journal.step("take the fault away after a failure", ports.faults.mend)
        return Outcome(
            state=State.FAILED,
            summary=f"the fault was taken away, and the drill ended early: {error.doing} failed at "
            f"{error.part}: {error.why}; try: {error.try_}",
        )
    except Exception:  # our own mistake is no reason to leave a platform broken
        ports.faults.mend()
        raise


def _rehearsed(story: Story, ports: Ports, rehearsal: Rehearsal) -> Outcome:
    journal, drill = story.journal, rehearsal.drill
    story.tell(_inject(journal, ports, rehearsal))
    answered = answer(
        story, ports.operations, drill, rehearsal.place, is_approved=rehearsal.is_approved
    )
    limit = min(WATCH_SECONDS_MAX, drill.rto_seconds or WATCH_SECONDS_MAX)
    is_served = answered is Answer.GIVEN and _is_calm(journal, ports, "wait for service", limit)
    if not journal.step("look whether all was seen", ports.witness.is_watching):
        journal.step("take the fault away", ports.faults.mend)
        return Outcome(
            state=State.FAILED,
            summary="the fault was taken away; nothing is measured, since the agent was killed "
            "while it watched",
        )
    served_at = journal.now()
    story.tell("reads and writes are served again" if is_served else "it is not served again")
    journal.step("take the fault away", ports.faults.mend)
    story.tell("the fault is taken away")
    is_back = True
    if is_served:
        back = perform_all(story, ports.operations, tasks_back(drill, rehearsal.place))
        is_back = back is Answer.GIVEN
        _is_calm(journal, ports, "wait for a calm end", BEFORE_SECONDS)
    served = served_at if is_served else None
    return _reported(story, ports, rehearsal, served, is_back=is_back)


def _inject(journal: Journal, ports: Ports, rehearsal: Rehearsal) -> str:
    """Breaks what the scenario is about; returns what was broken, in words."""
    faults, victims = ports.faults, rehearsal.victims
    match rehearsal.drill.kind:
        case "region" | "cache-loss":
            journal.step("kill the parts", lambda: faults.kill(victims))
            return (
                f"{len(victims)} parts of {rehearsal.place.region} are killed at once and stay down"
            )
        case "edge-loss":
            journal.step("kill the edge", lambda: faults.crash(victims))
            return "the edge is killed"
        case "replica-lag":
            journal.step("cut the replica off", lambda: faults.lag(victims[0]))
            return f"{victims[0]} gets nothing more from its primary"
        case "disk-full":
            region = rehearsal.place.region
            return journal.step("fill the disk", lambda: faults.fill(region))
        case "corruption":
            return journal.step("flip bytes on disk", faults.corrupt)
        case _:
            return f"{rehearsal.place.region} counts as broken into"


def _is_calm(journal: Journal, ports: Ports, name: str, seconds: float) -> bool:
    witness = ports.witness
    return journal.step(name, lambda: witness.settles(calm_seconds=CALM_SECONDS, seconds=seconds))


def _reported(
    story: Story,
    ports: Ports,
    rehearsal: Rehearsal,
    served_at: float | None,
    *,
    is_back: bool,
) -> Outcome:
    """A drill that measured is done, also when what it measured breaks a promise."""
    journal = story.journal

    def write() -> dict[str, Json]:
        report = _report(story, ports, rehearsal, served_at)
        if not is_back:
            because = f"{report.because}; the way back did not work"
            report = replace(report, verdict=Verdict.BROKEN, because=because)
        key = f"{rehearsal.drill.name}-{journal.operation}"
        where = ports.reports.write(key, json=to_json(report), html=to_html(report))
        return {
            "verdict": report.verdict.value,
            "because": report.because,
            "report": where,
            "rto_seconds": report.rto_seconds,
            "rpo_seconds": report.rpo_seconds,
            "acknowledged": report.loss.acknowledged,
            "lost": report.loss.lost,
        }

    facts = journal.step("write the report", write)
    journal.step("stop watching", ports.witness.end)
    verdict, because, where = (facts[name] for name in ("verdict", "because", "report"))
    return Outcome(
        state=State.DONE,
        summary=f"{rehearsal.drill.title}: {verdict}, {because}; {where}",
        facts=facts,
        evidence=evidence(ports.reports.latest(), at=journal.now()),
    )


def _report(story: Story, ports: Ports, rehearsal: Rehearsal, served_at: float | None) -> Report:
    attempts = ports.witness.attempts()
    drill, fault = rehearsal.drill, story.fault
    during = tuple(a for a in attempts if served_at is None or a.ended <= served_at)
    seen = tuple(measure.seen(sort, during, fault=fault) for sort in Sort)
    loss = measure.loss(attempts, ports.witness.present(), fault=fault)
    rto = measure.longest(seen) if served_at is not None else None
    verdict, because = measure.judged(
        rto, loss, rto_target=drill.rto_seconds, rpo_target=drill.rpo_seconds
    )
    told = ports.operations.told(since=fault)
    moments = (*story.moments, *(Moment(seconds=at - fault, what=line) for at, line in told))
    return Report(
        drill=drill.name,
        title=drill.title,
        operation=story.journal.operation,
        region=rehearsal.place.region,
        fault_at=fault,
        verdict=verdict,
        because=because,
        rto_seconds=rto,
        rto_target_seconds=drill.rto_seconds,
        rpo_seconds=loss.lost_seconds,
        rpo_target_seconds=drill.rpo_seconds,
        seen=seen,
        loss=loss,
        moments=tuple(sorted(moments, key=lambda moment: moment.seconds)),
    )

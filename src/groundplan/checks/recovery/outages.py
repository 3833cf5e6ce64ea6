"""Rules of how long a disaster lasts: approvals, restores and isolation against the promises."""

from collections.abc import Iterator
from decimal import Decimal

from groundplan.checks.numbers.availability import ErrorBudget, at_most
from groundplan.checks.numbers.recovery import Restore, transfer_seconds
from groundplan.checks.reading import span
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.design.disasters import disasters
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform
from groundplan.units import Duration

RTO = "disaster_recovery.rto"
TARGET = "kpis.availability.target"
COPIES = "backup.database"
SIZE = "primary_database.storage.size"


@rule(
    "REC007",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The time in which a person answers counts into the recovery time, so it must be"
    " bounded and shorter.",
    why="at night an approval takes as long as it takes, and the recovery time is over before the"
    " recovery begins",
    source="Google SRE book, chapter 11, being on-call",
)
def approval_fits_the_recovery_time(subject: Subject) -> Iterator[Problem]:
    recovery = subject.platform.disaster_recovery
    for disaster in disasters(subject.platform):
        scenario = disaster.scenario
        limit = scenario.approval_timeout
        allowed = scenario.restored_within or (recovery.rto if recovery else None)
        if scenario.automation == "automatic" or allowed is None or (limit and limit < allowed):
            continue
        answer = f"has {limit} to answer" if limit else "has no time in which to answer"
        yield Problem(
            path=f"{disaster.path}.{'approval_timeout' if limit else 'automation'}",
            also=(f"{disaster.path}.restored_within" if scenario.restored_within else RTO,),
            message=f'"{scenario.name}" waits for a person, who {answer}, and is to be over in'
            f" {allowed}",
            try_=f'add approval_timeout: "{span(min(900, allowed.seconds / 4))}" and put somebody'
            " on call",
        )


@rule(
    "REC008",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="One outage as long as the recovery time must fit into the error budget of 30 days.",
    why="a single disaster that goes as planned breaks the promised availability",
    source="Google SRE Workbook, chapters 2 and 5",
)
def recovery_time_fits_the_error_budget(subject: Subject) -> Iterator[Problem]:
    recovery, kpis = subject.platform.disaster_recovery, subject.platform.kpis
    if recovery is None or kpis is None or kpis.availability is None:
        return
    target, rto = kpis.availability.target, recovery.rto
    budget = ErrorBudget(target_percent=target.percent)
    minutes = Decimal(str(rto.seconds)) / 60
    if minutes <= budget.minutes:
        return
    share = budget.share(minutes)
    months = f", {share:.2f} times as much" if share else ""
    allowed = span(float(budget.minutes) * 60)
    reached = at_most(100 - minutes / (budget.window_days * 1440) * 100)
    yield Problem(
        path=RTO,
        also=(TARGET,),
        message=f"one outage of {rto} ({minutes:,.0f} min) is allowed, and {target} leaves"
        f" {allowed} in {budget.window_days} days{months}",
        try_=f'write rto: "{allowed}"' + (f', or promise "{reached}%"' if reached > 0 else ""),
    )


@rule(
    "REC015",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="A restore must be tested on a schedule, and its size must fit the recovery time.",
    why="a backup that was never restored is a hope: broken ones are found in the disaster",
    source="CIS Control 11.5; AWS Well-Architected REL09-BP04",
)
def restore_is_tested_and_fits(subject: Subject) -> Iterator[Problem]:
    recovery, backup = subject.platform.disaster_recovery, subject.platform.backup
    copies, database = (backup.database if backup else None), subject.platform.primary_database
    if recovery is None or copies is None:
        return
    disk, speed = (database.storage if database else None), subject.figures.restore_throughput
    takes = transfer_seconds(disk.size.bytes, speed.value) if disk else 0.0
    size = f"{disk.size} at {speed.value / 2**20:,.0f} MiB/s take {span(takes)}" if disk else ""
    if copies.restore_test is None:
        yield Problem(
            path=COPIES,
            also=(RTO, *((SIZE,) if disk else ())),
            message=f"0 restores are tested, and {recovery.rto} are promised to recover in"
            + (f"; {size} alone" if size else ""),
            try_=f'add {COPIES}.restore_test: "weekly"',
            assumes=speed.assumes if disk else (),
        )
    for path, allowed, answer in _restores(subject.platform, recovery.rto):
        seconds = Restore(approve_seconds=answer, copy_seconds=takes).seconds
        if disk is None or seconds <= allowed.seconds:
            continue
        waits = f" after {span(answer)} for approval" if answer else ""
        yield Problem(
            path=path,
            also=(SIZE,),
            message=f"{size}{waits}, longer than the promised {allowed}",
            try_=f'write "{span(1.25 * seconds)}", or say assumptions.restore_throughput',
            assumes=speed.assumes,
        )


def _restores(platform: Platform, rto: Duration) -> Iterator[tuple[str, Duration, float]]:
    """Each time in which a restore must be done: its key, itself, seconds until an approval.

    Without scenarios the recovery time is for everything; a failover needs no restore.
    """
    known = tuple(disasters(platform))
    if not known:
        yield RTO, rto, 0.0
    for disaster in known:
        scenario, answer = disaster.scenario, disaster.scenario.approval_timeout
        if disaster.builds_again:
            within = scenario.restored_within
            path = f"{disaster.path}.restored_within" if within else RTO
            yield path, within or rto, answer.seconds if answer else 0.0


@rule(
    "REC020",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="What isolates by itself must say which service remains and until when.",
    why="an isolation that a false alarm starts is an outage of one's own making",
    source="NIST SP 800-61, containment",
)
def isolation_says_what_remains(subject: Subject) -> Iterator[Problem]:
    kpis, recovery = subject.platform.kpis, subject.platform.disaster_recovery
    availability = kpis.availability if kpis else None
    for disaster in disasters(subject.platform):
        scenario = disaster.scenario
        is_said = scenario.remaining_service is not None
        if scenario.automation != "automatic" or not disaster.isolates or is_said:
            continue
        promised = f"{availability.target} availability" if availability else ""
        until = f"a recovery in {recovery.rto}" if recovery else ""
        yield Problem(
            path=f"{disaster.path}.action",
            also=(TARGET, RTO) if availability else (RTO,),
            message=f'"{scenario.name}" isolates automatically and keeps 0 services, and the file'
            f" promises {promised or until}",
            try_="add remaining_service and restored_within to the scenario",
        )

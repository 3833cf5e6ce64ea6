"""Proofs of availability: what the contracts of the parts multiply to, and whether one outage as
long as the recovery time fits into the error budget.

Contracts are floors with money behind them. A product below the target proves no failure: it
leaves the promise unproven. An outage that the file itself allows, and the target does not, is a
contradiction.
"""

from decimal import Decimal

from groundplan.checks.facts import Sla
from groundplan.checks.numbers.availability import (
    MINUTES_PER_DAY,
    WINDOW_DAYS,
    ErrorBudget,
    outage_minutes,
    parallel,
    serial,
)
from groundplan.checks.proofs.proof import Argument, Proof, argument
from groundplan.checks.reading import span
from groundplan.checks.recovery.availability import BALANCER, NAMES, Part, contracts
from groundplan.checks.recovery.failover import survives_region
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Promise, Verdict
from groundplan.spec.platform import Platform

RTO = "disaster_recovery.rto"


def availability(subject: Subject, promise: Promise) -> Proof:
    """The smaller of two: what contracts give, and a month with one outage of the rto."""
    told, contract = _contracts(subject, argument(subject, promise))
    recovery = subject.platform.disaster_recovery
    month = None
    if recovery is not None:
        told, month = _month(told, Decimal(str(recovery.rto.seconds)) / 60)
    known = [value for value in (contract, month) if value is not None]
    value = float(min(known)) if known else None
    limit = Decimal(str(promise.limit))
    if month is not None and month < limit:
        share = _budget(promise).share((1 - month) * MINUTES_PER_DAY * WINDOW_DAYS)
        budgets = f"{share:.2f} error budgets of 30 days" if share else "what 100% does not allow"
        allowed = f"one outage as long as the rto takes {budgets}"
        also = f"; contracts guarantee {contract * 100:.3f}%" if contract is not None else ""
        return told.ends(Verdict.BROKEN, value, f"{allowed}{also}")
    if contract is None:
        return told.unknown(
            "no contract is known for what requests need: say providers.primary and"
            " technology_stack"
        )
    if contract < limit:
        result = f"unproven: contracts guarantee {contract * 100:.3f}%, less than promised"
        return told.ends(Verdict.UNKNOWN, value, result)
    also = f", a month with one outage of the rto {month * 100:.3f}%" if month is not None else ""
    return told.ends(
        Verdict.KEPT,
        value,
        f"contracts guarantee {contract * 100:.3f}%{also}; what mistakes take is measured",
    )


def _month(told: Argument, minutes: Decimal) -> tuple[Argument, Decimal]:
    """The availability of a month with one outage of the recovery time."""
    recovery = told.subject.platform.disaster_recovery
    budget = _budget(told.promise)
    share = budget.share(minutes)
    month = max(Decimal(0), 1 - minutes / (WINDOW_DAYS * MINUTES_PER_DAY))
    told = told.computed(
        "error budget",
        span(float(budget.minutes) * 60),
        f"(100% - {told.promise.target}) of {WINDOW_DAYS} days",
    ).written("recovery time", recovery.rto if recovery else "", RTO)
    if share is not None:
        told = told.computed(
            "one such outage", f"{share:.2f} budgets", "recovery time / error budget"
        )
    return told.computed(
        f"{WINDOW_DAYS} days with one", f"{month * 100:.3f}%", "1 - recovery time / 30 days"
    ), month


def _budget(promise: Promise) -> ErrorBudget:
    return ErrorBudget(target_percent=Decimal(str(promise.limit)) * 100)


def _contracts(subject: Subject, told: Argument) -> tuple[Argument, Decimal | None]:
    """The product of the contracts with the redundancy that the file declares."""
    parts = tuple(contracts(subject.platform, subject.facts))
    if not parts:
        return told, None
    as_declared = [_as_declared(subject, part) for part in parts]
    for part, sla in zip(parts, as_declared, strict=True):
        name = NAMES.get(sla.service, sla.service)
        if BALANCER in part.assumes:
            told = told.assumed(name, BALANCER.removeprefix("assuming "))
        else:
            told = told.written(name, _asked(part), part.path)
        told = told.known(f"{name}, contract", f"{sla.monthly_percent}%", sla.fact)
    ratio = serial(sla.ratio for sla in as_declared)
    told = told.computed("all of them at once", f"{ratio * 100:.3f}%", "product of the contracts")
    best = serial(part.sla.ratio for part in parts)
    if best > ratio:
        told = told.computed(
            "if each had a standby in another zone",
            f"{best * 100:.3f}%",
            "product of the contracts",
        )
    if survives_region(subject.platform):
        ratio = parallel((ratio, ratio))
        told = told.written(
            "another region takes over", "all parts", "disaster_recovery.failover"
        ).computed("one region of two", f"{ratio * 100:.4f}%", "1 - (1 - product)^2")
    minutes = f"{outage_minutes(ratio):.1f} min"
    return told.computed(f"that may fail in {WINDOW_DAYS} days", minutes, "1 - product"), ratio


def _asked(part: Part) -> str:
    return "needed by every request" if part.path != "primary_database" else "holds the data"


def _as_declared(subject: Subject, part: Part) -> Sla:
    """The contract for one server where the file asks for no second."""
    if _has_standby(subject.platform, part):
        return part.sla
    return subject.facts.sla(part.sla.service, "single-az") or part.sla


def _has_standby(platform: Platform, part: Part) -> bool:
    database, cache = platform.primary_database, platform.cache_layer
    match part.path:
        case "primary_database":
            return database is not None and database.multi_az
        case "cache_layer":
            return bool(cache and cache.cluster and cache.cluster.multi_az)
    return True

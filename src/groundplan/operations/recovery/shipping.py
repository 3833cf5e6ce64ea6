"""How far behind the database the log in its repositories is: what a restore from them would lose.

Pure. The watch writes to the log twice a second and a segment leaves after a bounded time, so the
age of the newest one is the age of what is not there yet.
"""

from collections.abc import Mapping

from groundplan.design.promises import ARCHIVE_LAG
from groundplan.operations.recovery.schedule import hours
from groundplan.ports.archive import LogEnd
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

LASTS_SECONDS = 300.0
HOW = "the age of the newest log segment in each repository; the one that is furthest behind"


def evidence(
    promises: tuple[Promise, ...],
    ends: Mapping[str, LogEnd | None],
    unreadable: Mapping[str, str],
    now: float,
) -> tuple[Evidence, ...]:
    """Of every repository by its region. One that cannot be read makes it unknown, unless another
    is too late already; one without a segment is one that nothing can be restored from to now."""
    ages = {region: now - end.at for region, end in ends.items() if end is not None}
    empty = [region for region, end in ends.items() if end is None]
    worst = max(ages.values(), default=None)
    told = [
        f"{region} has {ends[region].segment}, {hours(max(0.0, age))} old"  # type: ignore[union-attr]
        for region, age in ages.items()
    ]
    told += [f"no log was sent to {region} yet" for region in empty]
    told += [f"{region} cannot be read: {why}" for region, why in unreadable.items()]
    return tuple(
        Evidence(
            promise=promise.id,
            kind=EvidenceKind.MEASURED,
            verdict=_verdict(promise, worst, is_certain=not empty and not unreadable),
            value=None if worst is None else max(0.0, worst),
            at=now,
            how=HOW,
            because="; ".join(told) or "there is no repository",
            samples=len(ages),
            lasts_seconds=LASTS_SECONDS,
        )
        for promise in promises
        if promise.id == ARCHIVE_LAG
    )


def _verdict(promise: Promise, worst: float | None, *, is_certain: bool) -> Verdict:
    if worst is None:
        return Verdict.UNKNOWN
    found = promise.verdict(max(0.0, worst))
    return found if is_certain or found is Verdict.BROKEN else Verdict.UNKNOWN

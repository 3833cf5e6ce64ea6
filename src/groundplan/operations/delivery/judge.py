"""The judge of a rollout: integers in, a verdict with a sentence out.

ABORT needs both: more failures than the file allows, and more than the stable version has at the
same time (where that one serves nobody, the first alone). Plain disasters need no proof.
No data is no verdict: it neither passes nor fails a version.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from groundplan.operations.delivery.evidence import Meter
from groundplan.ports.releases import Look

RISK = 0.02  # of aborting a version that just keeps its limit, in one rollout and per gate
RISK_BESIDE = 0.05  # of finding one worse than stable that is not
RISK_PROOF = 0.05  # of calling one proven that is not
DISASTER_SHARE = 0.8  # so many fail ...
DISASTER_REQUESTS = 10  # ... of at least so many requests ...
DISASTER_LOOKS = 2  # ... in each of so many looks
TOGETHER = "all regions"


class Verdict(StrEnum):
    """What the judge says of a version; the gate decides what follows."""

    PROVEN = "proven"
    HOLD = "hold"
    ABORT = "abort"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A gate on a share of the requests: failed ones, or ones slower than `over_seconds`."""

    name: str
    limit: float  # a version below it passes
    ceiling: float  # a version above it fails; between the two lies the band of "hold"
    over_seconds: float | None = None
    of: str = "requests"  # what is counted; a worker has jobs

    @property
    def words(self) -> str:
        """What is counted."""
        slower = f"slower than {self.over_seconds or 0:g} s"
        return "failed" if self.over_seconds is None else slower


@dataclass(frozen=True, slots=True)
class Court:
    """The evidence of one place: a region, or all of them together."""

    name: str
    meters: tuple[Meter, ...]  # one for each bound
    recent: tuple[Look, ...] = ()

    def after(self, look: Look) -> "Court":
        """With one look more."""
        canary, stable = look.canary, look.stable
        meters = tuple(
            [
                meter.after((canary.requests, bad), (stable.requests, other))
                for meter, bad, other in zip(self.meters, canary.bad, stable.bad, strict=True)
            ]
        )
        return Court(self.name, meters, (*self.recent, look)[-DISASTER_LOOKS:])

    def in_next_step(self) -> "Court":
        """At the beginning of a step."""
        return Court(self.name, tuple(meter.in_next_step() for meter in self.meters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One bound in one place, as it is shown."""

    court: str
    name: str
    requests: int
    bad: int
    stable_requests: int
    stable_bad: int
    against: float  # e-value: worse than the ceiling
    against_needed: float
    beside: float | None  # e-value: worse than stable; none where stable serves nobody
    proof: float  # e-value: better than the limit
    burstiness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict, the sentence that gives its reason, and the figures behind it."""

    verdict: Verdict
    because: str
    within: bool  # whether every bound is kept by what was counted, proven or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything the judge knows: each region by itself, and several of them together."""

    bounds: tuple[Bound, ...]
    regions: tuple[Court, ...]
    together: Court | None  # none with a single region

    @classmethod
    def of(cls, bounds: tuple[Bound, ...], regions: Iterable[str], *, steps: int) -> "Case":
        """An empty one, for a rollout of so many steps."""
        meters = tuple(Meter.of(bound.limit, bound.ceiling, steps=steps) for bound in bounds)
        courts = tuple(Court(name, meters) for name in regions)
        together = Court(TOGETHER, meters) if len(courts) > 1 else None
        return cls(bounds=bounds, regions=courts, together=together)

    def after(self, looks: Mapping[str, Look]) -> "Case":
        """With one look more into some regions."""
        together = self.together
        for look in looks.values() if together else ():
            together = together.after(look) if together else None
        regions = tuple(
            court.after(looks[court.name]) if court.name in looks else court
            for court in self.regions
        )
        return Case(bounds=self.bounds, regions=regions, together=together)

    def in_next_step(self) -> "Case":
        """At the beginning of a step."""
        return replace(
            self,
            regions=tuple(court.in_next_step() for court in self.regions),
            together=self.together.in_next_step() if self.together else None,
        )

    def judgement(self) -> Judgement:
        """The verdict on everything that was heard."""
        return judge(self)

    @property
    def whole(self) -> Court:
        """All evidence."""
        return self.together or self.regions[0]

    @property
    def requests(self) -> int:
        """How many the new version has answered."""
        return self.whole.meters[0].canary.requests if self.bounds else 0


def judge(case: Case) -> Judgement:
    """The verdict on everything that was heard. An abort in one place is one for all."""
    shares = len(case.regions) * 2 if case.together else 1
    for court in (*case.regions, *([case.together] if case.together else [])):
        risk = RISK / (2 if court is case.together else shares)
        for sentence in _aborts(court, case.bounds, risk):
            return Judgement(verdict=Verdict.ABORT, because=sentence, within=False)
    return _goes_on(case)


def readings(case: Case) -> tuple[Reading, ...]:
    """All figures, for those who ask why."""
    courts = (*([case.together] if case.together else []), *case.regions)
    shares = len(case.regions) * 2 if case.together else 1
    return tuple(
        Reading(
            court=court.name,
            name=bound.name,
            requests=meter.canary.requests,
            bad=meter.canary.failures,
            stable_requests=meter.stable.requests,
            stable_bad=meter.stable.failures,
            against=meter.against.value,
            against_needed=(2 if court is case.together else shares) / RISK,
            beside=meter.beside.value if meter.stable_in_step else None,
            proof=meter.proof,
            burstiness=meter.canary.burstiness,
        )
        for court in courts
        for bound, meter in zip(case.bounds, court.meters, strict=True)
    )


def _aborts(court: Court, bounds: tuple[Bound, ...], risk: float) -> Iterator[str]:
    for index, (bound, meter) in enumerate(zip(bounds, court.meters, strict=True)):
        if _is_disaster(court, index):
            seen = court.recent[-1].canary
            yield (
                f"{court.name}: {seen.bad[index]} of the last {seen.requests} {bound.of}"
                f" {bound.words}, and of stable's hardly any: no proof is needed"
            )
        against = meter.against.value
        if against < 1 / risk:
            continue
        counted = _counted(court, bound, meter)
        if not meter.stable_in_step:
            yield f"{counted}; {shown(against)} against {bound.ceiling:.2%}"
        elif (beside := meter.beside.value) >= 1 / RISK_BESIDE:
            stable = meter.stable
            yield (
                f"{counted}; {shown(against)} against {bound.ceiling:.2%}, and {shown(beside)}"
                f" that it is worse than stable ({stable.failures} of {stable.requests})"
            )


def _is_disaster(court: Court, index: int) -> bool:
    return len(court.recent) == DISASTER_LOOKS and all(
        look.canary.requests >= DISASTER_REQUESTS
        and look.canary.bad[index] >= DISASTER_SHARE * look.canary.requests
        and look.stable.bad[index] <= DISASTER_SHARE / 2 * look.stable.requests
        for look in court.recent
    )


def _goes_on(case: Case) -> Judgement:
    court = case.whole
    if not case.bounds or not any(meter.canary.requests for meter in court.meters):
        return Judgement(
            verdict=Verdict.NO_DATA,
            because="the new version has answered no request yet: nothing is known of it",
            within=False,
        )
    proofs = [meter.proof for meter in court.meters]
    proof = min(proofs)
    weakest = proofs.index(proof)
    bound, worst = case.bounds[weakest], court.meters[weakest]
    over = [
        _counted(place, each, meter)
        for place in ((court, *case.regions) if case.together else case.regions)
        for each, meter in zip(case.bounds, place.meters, strict=True)
        if meter.canary.is_over(each.limit)
    ]
    proven = proof >= 1 / RISK_PROOF and not over
    sentence = over[0] if over else _counted(court, bound, worst)
    goal = f"{shown(proof)} that it stays below {bound.limit:.2%}"
    return Judgement(
        verdict=Verdict.PROVEN if proven else Verdict.HOLD,
        because=f"{sentence}; {goal}" + ("" if proven else f", {1 / RISK_PROOF:g} would prove it"),
        within=not over,
    )


def shown(value: float) -> str:
    """An e-value for people: nobody compares the larger ones."""
    return f"e = {value:.3g}" if value < 10_000 else "e > 10,000"


def _counted(court: Court, bound: Bound, meter: Meter) -> str:
    canary = meter.canary
    return (
        f"{court.name}: {canary.failures} of {canary.requests} {bound.of} {bound.words}"
        f" ({canary.rate:.2%}, {bound.limit:.2%} allowed)"
    )

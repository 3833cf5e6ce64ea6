"""Flagger's rule, for those who want it: at the end of each interval, the rate of the last minute.

One check over the limit aborts. It is here to be compared with, and because a file may ask for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.operations.delivery.judge import Bound, Judgement, Verdict
from groundplan.ports.releases import Look

WINDOW_SECONDS = 60
FAILED_CHECKS_MAX = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The looks of the last minute, and what the checks so far said."""

    bounds: tuple[Bound, ...]
    looks_in_window: int
    looks_in_interval: int
    looks: tuple[tuple[Look, ...], ...] = ()
    heard: int = 0
    requests: int = 0
    failed: int = 0
    last: Verdict = Verdict.HOLD
    because: str = "the first interval is not over"

    def after(self, looks: Mapping[str, Look]) -> "Window":
        """With one look more; at the end of an interval, with one check more."""
        kept = (*self.looks, tuple(looks.values()))[-self.looks_in_window :]
        new = sum(look.canary.requests for look in looks.values())
        heard = self.heard + 1
        verdict, because, failed = self.last, self.because, self.failed
        if heard % self.looks_in_interval == 0:
            verdict, because = self._check(kept)
            failed += verdict is Verdict.ABORT
        return Window(
            bounds=self.bounds,
            looks_in_window=self.looks_in_window,
            looks_in_interval=self.looks_in_interval,
            looks=kept,
            heard=heard,
            requests=self.requests + new,
            failed=failed,
            last=verdict,
            because=because,
        )

    def in_next_step(self) -> "Window":
        """The rule knows no steps."""
        return self

    def judgement(self) -> Judgement:
        """The verdict."""
        is_over = self.failed >= FAILED_CHECKS_MAX
        verdict = Verdict.ABORT if is_over else self.last
        return Judgement(verdict=verdict, because=self.because, within=verdict is not Verdict.ABORT)

    def _check(self, kept: tuple[tuple[Look, ...], ...]) -> tuple[Verdict, str]:
        canaries = [look.canary for looks in kept for look in looks]
        requests = sum(counts.requests for counts in canaries)
        if not requests:
            return Verdict.NO_DATA, "no request in the last minute"
        said = "no gate is set"
        for index, bound in enumerate(self.bounds):
            bad = sum(counts.bad[index] for counts in canaries)
            said = f"{bad} of the last minute's {requests} requests {bound.words}"
            if bad / requests >= bound.limit:
                return Verdict.ABORT, f"{said}, {bound.limit:.2%} allowed"
        return Verdict.PROVEN, said

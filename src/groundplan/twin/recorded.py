"""A target that shows what another one has shown, look by look: nothing is served, all was seen.

Whoever decides otherwise than it was decided then finds no answer here, and is seen to.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.ports.hooks import Hook
from groundplan.ports.journal import Json
from groundplan.ports.releases import Sight

UNKNOWN = "nobody did that then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a work ended: why it failed, or nothing; and which webhook said no."""

    work: str
    failed: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One look of then."""

    now: float
    sight: Sight
    answers: tuple[Answer, ...] = ()


@dataclass(slots=True, kw_only=True)
class RecordedReleases:
    """The ports of releases and of webhooks, and the clock, made of what was recorded."""

    moments: Sequence[Moment]
    at: int = 0  # the number of the look
    _left: list[Answer] = field(default_factory=list)

    def passed(self, seconds: float) -> float:
        """The next look, and when it was; after the last one there is no time any more."""
        self.at += 1 if seconds else 0
        return self.moments[self.at].now if self.at < len(self.moments) else math.inf

    def see(self) -> Sight:
        """What was seen then."""
        moment = self.moments[self.at]
        self._left = list(moment.answers)
        return moment.sight

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        """Nobody is served."""

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        """What came of it then."""
        found = next((each for each in self._left if each.work == name), None)
        return UNKNOWN if found is None else found.failed

    def ask(self, hook: Hook, about: Mapping[str, Json], *, key: str) -> str:
        """What it answered then: a webhook that is not named said yes."""
        return next((each.failed for each in self._left if each.by == hook.name), "")

"""Gates on processor and memory: levels, not counts, so no proof, but most of the last looks.

Like is compared with like. A level counts per replica, as a share of its limit. Processor time is
brought to the load of a stable replica first, for a canary with a twentieth of the traffic is idle.
And where stable is as high, the version is not what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.ports.releases import Look, Usage

LOOKS = 12  # a minute
NEEDED = 9  # of them
WORSE = 1.25  # times stable's level
REQUESTS_MIN = 10  # in a look, before its processor time says something


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A gate on a level: at most this share of what a replica may use."""

    name: str  # cpu_usage or memory_usage
    limit: float

    @property
    def per_request(self) -> bool:
        """Whether it grows with the load."""
        return self.name == "cpu_usage"


@dataclass(frozen=True, slots=True)
class Gauges:
    """For each region and level, which of the last looks were over; None where nothing was seen."""

    levels: tuple[Level, ...] = ()
    seen: Mapping[tuple[str, str], tuple[bool, ...]] | None = None
    last: Mapping[tuple[str, str], str] | None = None

    def after(self, usage: Mapping[str, Usage | None], looks: Mapping[str, Look]) -> "Gauges":
        """With one look more."""
        if not self.levels:
            return self
        seen, last = dict(self.seen or {}), dict(self.last or {})
        for region, used in usage.items():
            for level in self.levels if used is not None and region in looks else ():
                pair = _pair(level, used, looks[region]) if used else None
                if pair is not None:
                    canary, stable = pair
                    is_over = canary > level.limit and canary > WORSE * stable
                    key = region, level.name
                    seen[key] = (*seen.get(key, ()), is_over)[-LOOKS:]
                    last[key] = f"{canary:.0%} of its limit, stable {stable:.0%}"
        return Gauges(self.levels, seen, last)

    def breach(self) -> str | None:
        """Why the version must go; None while it need not."""
        for (region, name), overs in (self.seen or {}).items():
            if sum(overs) >= NEEDED:
                level = next(each for each in self.levels if each.name == name)
                told = (self.last or {})[region, name]
                return (
                    f"{region}: {name} {told}, over {level.limit:.0%} and over stable in"
                    f" {sum(overs)} of the last {len(overs)} looks"
                )
        return None


NONE = Gauges()


def _pair(level: Level, used: Usage, look: Look) -> tuple[float, float] | None:
    """The canary's level and stable's, comparable; None when they are not."""
    canary, stable = used.canary.get(level.name), used.stable.get(level.name)
    if canary is None or stable is None:
        return None
    if not level.per_request:
        return canary, stable
    mine = look.canary.requests / max(used.canary_replicas, 1)
    theirs = look.stable.requests / max(used.stable_replicas, 1)
    if look.canary.requests < REQUESTS_MIN:
        return None
    return canary * max(theirs, mine) / mine, stable

"""Where a gateway sends requests: routes, the weights of their versions, and who stands behind."""

from dataclasses import dataclass

TESTERS = "testers"  # the new version's replicas, for those who ask for them by a header
MIRROR = "mirror"  # the same replicas, for copies of requests whose answers nobody gets


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A subset (a version's side) of a service and its share of the traffic, in percent."""

    subset: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How requests meet a new version, besides its weight. Nothing of it outlives the rollout.

    `cookie` keeps a user on the side that answered first: as the weight grows, users only move to
    the new version. Who sends `header` with `value` gets the new version. `mirror` percent of
    reads are copied to it up to a weight of `mirror_up_to`; their answers are thrown away.
    """

    cookie: str = ""
    cookie_seconds: int = 0
    header: str = ""
    value: str = ""
    mirror: int = 0
    mirror_up_to: int = 0

    @property
    def sides(self) -> tuple[str, ...]:
        """Who besides users meets the new version's replicas, and is counted apart."""
        return (*((TESTERS,) if self.header else ()), *((MIRROR,) if self.mirror else ()))


PLAIN = Ways()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Requests whose path starts with `prefix` go to `service`, split by `weights`.

    Past `lease_until` (seconds since 1970) the first weight's subset gets all of them.
    """

    prefix: str
    service: str
    weights: tuple[Weight, ...]
    lease_until: int | None = None
    ways: Ways = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A service as the gateway sees it. Its replicas are asked of the Design, not held here."""

    service: str
    subsets: tuple[str, ...]
    ready_path: str
    ways: Ways = PLAIN  # of the rollout that goes on

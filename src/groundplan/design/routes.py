"""Where a gateway sends requests: routes, the weights of their versions, and who stands behind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A subset (a version's side) of a service and its share of the traffic, in percent."""

    subset: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Requests whose path starts with `prefix` go to `service`, split by `weights`.

    Past `lease_until` (seconds since 1970) the first weight's subset gets all of them.
    """

    prefix: str
    service: str
    weights: tuple[Weight, ...]
    lease_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A service as the gateway sees it. Its replicas are asked of the Design, not held here."""

    service: str
    subsets: tuple[str, ...]
    ready_path: str

"""Which parts a drill breaks. Pure."""

from groundplan.design.design import Design
from groundplan.design.drills import Drill
from groundplan.design.parts import Edge, Postgres, Redis, Sentinel


def victims(design: Design, drill: Drill, *, region: str, primary: str) -> tuple[str, ...]:
    """The parts, by name. `primary` is the server that takes writes now, which a lag spares."""
    here = design.at(region)
    match drill.kind:
        case "region":
            return tuple(part.name for part in here)
        case "cache-loss":
            return tuple(part.name for part in here if isinstance(part, Redis | Sentinel))
        case "edge-loss":
            return tuple(part.name for part in design.parts if isinstance(part, Edge))
        case "replica-lag":
            replicas = (
                part.name
                for part in sorted(design.parts, key=lambda part: part.site == region)
                if isinstance(part, Postgres) and part.name != primary
                if part.member not in _confirming(design, primary)
            )
            return tuple(replicas)[:1]
    return ()


def _confirming(design: Design, primary: str) -> frozenset[str]:
    """Members whose word the primary waits for: one that lags there would stop every write."""
    part = next(part for part in design.parts if part.name == primary)
    assert isinstance(part, Postgres)
    return frozenset(part.synchronous)

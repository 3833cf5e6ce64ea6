"""How far replicas are behind the primary, in seconds of changes that they do not have. Pure.

A replica's own clock is no help when nobody writes, and its log position alone is none when it is
cut off. So we remember where the primary was, and when.
"""

from groundplan.agent.sampling.reading import Reading
from groundplan.agent.sampling.seen import Away, Seen, Server, Step, Trail
from groundplan.promise.promise import Promise, Verdict

STEPS_MAX = 2000
HOW = (
    "the worst replica's time since the primary (pg_current_wal_lsn) was where the replica is now"
    " (pg_last_wal_receive_lsn), at most now() - pg_last_xact_replay_timestamp()"
)

UNCERTAIN = "it is behind, and since when is not known yet"


def walked(trail: Trail, servers: tuple[Server | Away, ...], *, at: float) -> Trail:
    """The trail with the primary's present position. It begins anew with another primary."""
    primaries = [s for s in servers if isinstance(s, Server) and s.is_primary]
    if len(primaries) != 1:
        return trail
    primary = primaries[0]
    step = Step(at=at, position=primary.position)
    steps = trail.steps if trail.primary == primary.name else ()
    if steps and steps[-1].position > step.position:
        steps = ()  # it was restored: what it was before is no measure any more
    if steps and steps[-1].position == step.position:
        steps = steps[:-1]
    return Trail(primary=primary.name, steps=(*steps, step)[-STEPS_MAX:])


def replication_lag(promise: Promise, seen: Seen) -> Reading:
    """The worst replica's lag. Whoever does not answer makes it unknown, unless it is too late."""
    away = [server for server in seen.servers if isinstance(server, Away)]
    known = [server for server in seen.servers if isinstance(server, Server)]
    primaries = [server.name for server in known if server.is_primary]
    replicas = [server for server in known if not server.is_primary]
    why = "; ".join(f"{server.name} does not answer: {server.why}" for server in away)
    if len(primaries) > 1:
        why = f"{' and '.join(primaries)} both say that they are the primary"
    elif not primaries and not why:
        why = "no server says that it is the primary"
    elif not replicas and not why:
        why = "there is no replica"
    if len(primaries) != 1 or not replicas:
        return Reading(verdict=Verdict.UNKNOWN, value=None, how=HOW, because=why)
    lags = {replica.name: lag(replica, seen.trail, at=seen.at) for replica in replicas}
    why = why or "; ".join(f"{name}: {UNCERTAIN}" for name, value in lags.items() if value is None)
    certain = {name: value for name, value in lags.items() if value is not None}
    worst = max(certain, key=lambda name: certain[name], default="")
    is_late = bool(certain) and promise.verdict(certain[worst]) is Verdict.BROKEN
    kept = Verdict.UNKNOWN if why else Verdict.KEPT
    return Reading(
        verdict=Verdict.BROKEN if is_late else kept,
        value=certain.get(worst),
        how=HOW,
        because=why or _because(worst, certain),
        samples=len(certain),
    )


def _because(worst: str, lags: dict[str, float]) -> str:
    if lags[worst] == 0:
        return f"all {len(lags)} have everything" if len(lags) > 1 else f"{worst} has everything"
    return f"{worst} is the furthest behind of {len(lags)}"


def lag(replica: Server, trail: Trail, *, at: float) -> float | None:
    """Seconds of changes that a replica may lack: never less than it does lack.

    None while we do not remember the primary where this replica is.
    """
    assert trail.steps, "the primary answered, so it has a step"
    if replica.position >= trail.steps[-1].position:
        return 0.0
    bounds = [at - step.at for step in trail.steps if step.position <= replica.position]
    if replica.applied_seconds_ago is not None:
        bounds.append(max(0.0, replica.applied_seconds_ago))
    return min(bounds, default=None)

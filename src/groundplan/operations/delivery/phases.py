"""The phases of a rollout and every way from one to another, as one table.

What is not in the table does not happen: a signal that a phase does not know is refused, and an
event that it does not know is a mistake of ours.
"""

from enum import StrEnum


class Phase(StrEnum):
    """Where a rollout is. The words are shown to people."""

    QUEUED = "queued"  # for a change window, the end of a freeze, an approval
    EXPANDING = "expanding the schema"  # the old version still works with it
    STARTING = "starting"  # replicas of the new version come up, without traffic
    SMOKING = "smoke-testing"
    SHIFTING = "shifting"  # the gateways were told a weight and have not shown it yet
    WATCHING = "watching"  # a weight is served and judged
    ASKING = "asking"  # only a person can go on from here
    PAUSED = "paused"  # a person said so
    BLIND = "blind"  # nothing is seen; stable serves everybody meanwhile
    YIELDING = "waiting for a failover"  # stable serves its region, nothing is judged anywhere
    FINALISING = "finalising"  # the new version becomes stable, the old one ends
    CONTRACTING = "contracting the schema"  # what only the old version needed goes
    RETURNING = "returning"  # stable is to serve everybody again
    REVERTING = "reverting the schema"  # what only the new version needed goes
    DONE = "done"
    RETURNED = "returned"


class Event(StrEnum):
    """What happened, as far as a rollout cares."""

    OPENED = "may begin"
    EXPANDED = "schema expanded"
    READY = "replicas ready"
    PASSED = "smoke tests passed"
    SERVED = "weight served"
    NEXT_STEP = "next step"
    NEXT_WAVE = "next wave"
    LAST_STEP = "last step over"
    HELD = "held too long"
    LOST_SIGHT = "lost sight"
    SEES = "sees again"
    YIELD = "a failover began"
    OVER = "the failover is over"
    PAUSE = "paused"
    RESUME = "resumed"
    FAILED = "failed"
    FINALISED = "old version ended"
    CONTRACTED = "schema contracted"
    KEPT = "schema kept"
    STABLE = "stable serves all"
    TO_REVERT = "stable serves all, with a schema to revert"
    REVERTED = "schema reverted"


FINAL = frozenset({Phase.DONE, Phase.RETURNED})
NEEDS_A_PERSON = frozenset({Phase.ASKING, Phase.PAUSED})
AT_WEIGHT = frozenset({Phase.SHIFTING, Phase.WATCHING, Phase.ASKING, Phase.PAUSED, Phase.YIELDING})
BACK = frozenset({Phase.RETURNING, Phase.REVERTING, Phase.RETURNED})
BEYOND_RETURN = frozenset({Phase.FINALISING, Phase.CONTRACTING, Phase.DONE})

_P, _E = Phase, Event
_ONWARD = {
    _E.NEXT_STEP: _P.SHIFTING,
    _E.NEXT_WAVE: _P.QUEUED,
    _E.LAST_STEP: _P.FINALISING,
}
_BACK = {_E.FAILED: _P.RETURNING}
_UNSEEN = {_E.LOST_SIGHT: _P.BLIND}
_YIELDS = {_E.YIELD: _P.YIELDING}

TRANSITIONS: dict[Phase, dict[Event, Phase]] = {
    _P.QUEUED: {_E.OPENED: _P.EXPANDING, **_BACK},
    _P.EXPANDING: {_E.EXPANDED: _P.STARTING, **_BACK},
    _P.STARTING: {_E.READY: _P.SMOKING, **_BACK},
    _P.SMOKING: {_E.PASSED: _P.SHIFTING, **_BACK},
    _P.SHIFTING: {_E.SERVED: _P.WATCHING, _E.PAUSE: _P.PAUSED, **_YIELDS, **_UNSEEN, **_BACK},
    _P.WATCHING: {
        **_ONWARD,
        _E.HELD: _P.ASKING,
        _E.PAUSE: _P.PAUSED,
        **_YIELDS,
        **_UNSEEN,
        **_BACK,
    },
    _P.ASKING: {**_ONWARD, _E.PAUSE: _P.PAUSED, **_YIELDS, **_UNSEEN, **_BACK},
    _P.PAUSED: {_E.RESUME: _P.SHIFTING, **_UNSEEN, **_BACK},
    _P.BLIND: {_E.SEES: _P.SHIFTING, **_YIELDS, **_BACK},
    _P.YIELDING: {_E.OVER: _P.SHIFTING, _E.PAUSE: _P.PAUSED, **_BACK},
    _P.FINALISING: {_E.FINALISED: _P.CONTRACTING},
    _P.CONTRACTING: {_E.CONTRACTED: _P.DONE, _E.KEPT: _P.DONE},
    _P.RETURNING: {_E.STABLE: _P.RETURNED, _E.TO_REVERT: _P.REVERTING},
    _P.REVERTING: {_E.REVERTED: _P.RETURNED, _E.KEPT: _P.RETURNED},
    _P.DONE: {},
    _P.RETURNED: {},
}

"""What a rollout is at one instant, what it sees, and what it wants done."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self

from groundplan.operations.delivery.gauges import NONE, Gauges
from groundplan.operations.delivery.judge import Case, Judgement
from groundplan.operations.delivery.phases import AT_WEIGHT, BACK, BEYOND_RETURN, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.threshold import WINDOW_SECONDS, Window
from groundplan.ports.releases import Look, Sight, Usage


class Jury(Protocol):
    """Who judges: it hears looks and says a verdict."""

    @property
    def requests(self) -> int:
        """How many requests the new version has answered."""

    def after(self, looks: Mapping[str, Look]) -> Self:
        """With one look more."""

    def in_next_step(self) -> Self:
        """At the beginning of a step."""

    def judgement(self) -> Judgement:
        """The verdict."""


class Work(StrEnum):
    """What is done once, besides weights. Each is harmless when it is done again."""

    EXPAND = "expand the schema"
    START = "start the new version"
    SMOKE = "run the smoke tests"
    FINALISE = "make the new version the stable one"
    CONTRACT = "contract the schema"
    REMOVE = "remove the new version"
    REVERT = "revert the schema"
    ASK = "ask the webhooks"


class Schema(StrEnum):
    """What a rollout has made of the schema."""

    UNTOUCHED = "untouched"
    EXPANDED = "expanded"  # old and new version work with it
    CONTRACTED = "contracted"  # the old version does not any more
    REVERTED = "reverted"  # as it was before


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How the work that was asked for ended."""

    work: Work
    failed: str = ""  # why; empty when it went well
    by: str = ""  # the webhook that said no


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said: approve, pause, resume, promote, abort, undo."""

    name: str
    who: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        """For a sentence."""
        return f"{self.who or 'somebody'} said {self.name}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that a decision rests on; `None` is "not seen", which is not zero."""

    now: float
    looks: Mapping[str, Look | None] = field(default_factory=dict)
    ready: Mapping[str, int | None] = field(default_factory=dict)  # replicas of the new version
    serving: Mapping[str, int | None] = field(default_factory=dict)  # percent, asked of gateways
    usage: Mapping[str, Usage | None] = field(default_factory=dict)
    old_running: bool = True  # whether any replica of the old version lives
    failing_over: frozenset[str] = frozenset()  # regions that lose or get the primary
    unmonitored: frozenset[str] = frozenset()  # regions whose Prometheus does not answer
    done: Done | None = None
    said: Said | None = None

    @classmethod
    def of(cls, sight: Sight, *, now: float, said: Said | None = None) -> "Seen":
        """What a target shows, at that instant, and what a person said."""
        return cls(
            now=now,
            looks=sight.looks,
            ready=sight.ready,
            serving=sight.serving,
            usage=sight.usage,
            old_running=sight.old_running,
            failing_over=sight.failing_over,
            unmonitored=sight.unmonitored,
            said=said,
        )

    def again(self, done: Done | None = None) -> "Seen":
        """The same for the next decision: counts and words are heard only once."""
        return replace(self, looks={}, usage={}, said=None, done=done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Where a rollout is."""

    phase: Phase = Phase.QUEUED
    wave: int = 0
    step: int = 0
    since: float = 0.0  # of the phase
    heard: float = 0.0  # of the last decision
    watched: float = 0.0  # seconds in this step with data
    unseen: float = 0.0  # seconds without any
    hidden: str = ""  # what is not seen, or not as it was told to be
    away: Mapping[str, float] = field(default_factory=dict)  # regions without monitoring, since
    unweighed: str = ""  # what the gates on processor and memory do not see
    down: int = 0  # looks in a row without a ready replica
    approved: bool = False
    refused: int = 0  # looks in a row in which a webhook did not say yes
    apart: frozenset[str] = frozenset()  # regions that fail over
    case: Jury
    before: Jury  # the case as this step began: what a failover breaks is no evidence
    judgement: Judgement  # on the case
    gauges: Gauges = NONE
    schema: Schema = Schema.UNTOUCHED
    because: str = "it was asked for"
    fate: str = ""  # why stable has to serve everybody again

    @classmethod
    def of(cls, plan: Plan, now: float) -> "Rollout":
        """At its beginning."""
        jury = jury_for(plan)
        gauges = Gauges(plan.levels)
        return cls(
            case=jury,
            before=jury,
            judgement=jury.judgement(),
            gauges=gauges,
            since=now,
            heard=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows: the new state, the weights to be served until the lease ends, work, a reason.

    `waits` is false when there is more to decide right now.
    """

    state: Rollout
    weights: Mapping[str, int]
    lease_until: float
    work: Work | None = None
    because: str
    waits: bool = True


def jury_for(plan: Plan) -> Jury:
    """The judge that the file names."""
    if plan.judge == "threshold":
        return Window(
            bounds=plan.bounds,
            looks_in_window=max(1, round(WINDOW_SECONDS / plan.look_seconds)),
            looks_in_interval=max(1, round(plan.interval_seconds / plan.look_seconds)),
        )
    return Case.of(plan.bounds, plan.regions, steps=plan.steps)


def weights(plan: Plan, state: Rollout) -> dict[str, int]:
    """The share of the new version in each region; where a wave's region fails over, none."""
    if state.phase in BEYOND_RETURN:
        return dict.fromkeys(plan.regions, plan.weights[-1])
    if state.phase in BACK:
        return dict.fromkeys(plan.regions, 0)
    now = plan.weights[state.step] if state.phase in AT_WEIGHT else 0
    return {
        region: plan.weights[-1]
        if number < state.wave
        else now
        if number == state.wave and region not in state.apart
        else 0
        for number, wave in enumerate(plan.waves)
        for region in wave.regions
    }

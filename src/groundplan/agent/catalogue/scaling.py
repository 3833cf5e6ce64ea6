"""Hands the operation `scale` the real replicas of a platform on this machine."""

from groundplan.agent.performing.kinds import Here
from groundplan.operations.scaling.scale import Scale, scale
from groundplan.ports.journal import Journal, Outcome
from groundplan.targets.local.delivery.fleets import LocalFleets

SCALE = "scale"


def perform(journal: Journal, here: Here, asked: Scale) -> Outcome:
    """Other numbers of replicas."""
    return scale(journal, LocalFleets(here.folder), asked)

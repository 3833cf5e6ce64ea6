"""How requests meet a new version of a service, besides its weight: what the file says."""

from groundplan.design.routes import PLAIN, Ways
from groundplan.spec.platform import Platform


def ways_for(platform: Platform, service: str, weights: tuple[int, ...]) -> Ways:
    """Of the rollout of one service; reads are mirrored in the first of its steps."""
    canary = platform.canary_deployment
    if canary is None or (canary.services and service not in canary.services):
        return PLAIN
    affinity, testers = canary.session_affinity, canary.testers
    return Ways(
        cookie=affinity.cookie if affinity else "",
        cookie_seconds=round(affinity.max_age.seconds) if affinity else 0,
        header=testers.header if testers else "",
        value=testers.value if testers else "",
        mirror=round(canary.mirror.percent) if canary.mirror else 0,
        mirror_up_to=weights[0] if canary.mirror else 0,
    )

"""What the scenarios of a file are about: their declared kind, or what their words say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.platform import Platform
from groundplan.spec.recovery import Kind, Scenario

_SAYS: tuple[tuple[Kind, str], ...] = (
    ("corruption", r"corrupt|ransom"),
    ("breach", r"breach|security|intru|attack|compromis"),
    ("edge", r"\bedge\b|\bcdn\b"),
    ("provider", r"\bproviders?\b|\bcloud\b"),
    ("region", r"region"),
)
_BUILDS_AGAIN = r"restor|rebuil|redeploy|recreat|wait"
_ISOLATES = r"isolat|quarantin|cut off|lock down|block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disaster:
    """A scenario with its kind and its key."""

    scenario: Scenario
    kind: Kind
    path: str

    @property
    def builds_again(self) -> bool:
        """Whether something is restored or built again."""
        return re.search(_BUILDS_AGAIN, self.scenario.action, re.IGNORECASE) is not None

    @property
    def fails_over(self) -> bool:
        """Whether another region takes over."""
        return self.kind == "region" and not self.builds_again

    @property
    def isolates(self) -> bool:
        """Whether something is cut off."""
        return re.search(_ISOLATES, self.scenario.action, re.IGNORECASE) is not None


def disasters(platform: Platform) -> Iterator[Disaster]:
    """Every scenario of the file."""
    recovery = platform.disaster_recovery
    for number, scenario in enumerate(recovery.scenarios if recovery else ()):
        yield Disaster(
            scenario=scenario,
            kind=scenario.kind or _kind(scenario, platform),
            path=f"disaster_recovery.scenarios.{number}",
        )


def _kind(scenario: Scenario, platform: Platform) -> Kind:
    words = f"{scenario.name}: {scenario.trigger}"
    for kind, pattern in _SAYS:
        if re.search(pattern, words, re.IGNORECASE):
            return kind
    providers = platform.providers
    if providers and providers.edge and providers.edge.casefold() in words.casefold():
        return "edge"
    clouds = (providers.primary, providers.secondary) if providers else ()
    is_cloud = any(name and name.casefold() in words.casefold() for name in clouds)
    return "provider" if is_cloud else "other"

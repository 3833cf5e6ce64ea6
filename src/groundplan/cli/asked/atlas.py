"""What the tables of facts know of regions and sizes, as the cloud target asks for it."""

from dataclasses import dataclass

from groundplan.checks.facts import Facts
from groundplan.checks.facts.tables import PRICES

EVERYWHERE = "*"
WIDELY = 20  # priced in so many regions, a size that has none in another is not sold there


@dataclass(frozen=True, slots=True)
class FactsAtlas:
    """The regions and sizes of AWS, with the team's own rows over the package's."""

    facts: Facts

    def zones(self, region: str) -> tuple[str, ...] | None:
        """The zones of a region; None for one that AWS does not have."""
        known = self.facts.region(region)
        return known.zones if known and known.provider == "aws" else None

    def processors(self, machine: str) -> int | None:
        """How many a size has; None when it is not known."""
        known = self.facts.instance(machine)
        return known.vcpu if known else None

    def is_offered(self, machine: str, region: str) -> bool:
        """False when its price is known in most regions and not in this one."""
        begins = f"ec2:{machine}:"
        priced = {row.region for row in self.facts.rows(PRICES) if row.sku.startswith(begins)}
        return region in priced or EVERYWHERE in priced or len(priced) < WIDELY

"""Who else is shown traces: the products for it that the file's stack names."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A product: the word that it is told by, and the secret that its key is in."""

    name: str
    word: str

    @property
    def secret(self) -> str:
        """Without what the names of an environment's secrets begin with."""
        return f"apm-{self.name}"


DATADOG = Vendor(name="datadog", word="datadog")
NEW_RELIC = Vendor(name="new-relic", word="new relic")


def vendors(platform: Platform) -> Iterator[Vendor]:
    """Those of them, in a fixed order."""
    areas = platform.technology_stack or {}
    said = " ".join(word for area in areas.values() for word in area.values()).casefold()
    yield from (vendor for vendor in (DATADOG, NEW_RELIC) if vendor.word in said)

"""Which regions of the file run, and the place each has among all."""

import difflib
from dataclasses import dataclass
from typing import Literal

from groundplan.design.design import RegionDesign
from groundplan.design.findings import Rule
from groundplan.errors import Finding, SpecError
from groundplan.spec.load import Source

Chosen = tuple[str, ...] | int | Literal["all"] | None
REGIONS_BY_DEFAULT = 3  # the primary, its partner, and one far away: enough to rehearse a failover


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedRegion:
    """A region of the file and its number in the order of the file, from 0."""

    number: int
    design: RegionDesign

    @property
    def name(self) -> str:
        """The region's name."""
        return self.design.name


def regions(source: Source) -> tuple[NumberedRegion, ...]:
    """Every region of the file. The first geography's primary is the platform's primary."""
    found: list[RegionDesign] = []
    for geography, pair in source.platform.regions.items():
        for name in pair.names:
            is_home = not found or geography == found[0].geography
            role = "secondary" if not is_home else "partner" if found else "primary"
            found.append(RegionDesign(name=name, geography=geography, role=role))
    return tuple(
        NumberedRegion(number=number, design=design) for number, design in enumerate(found)
    )


def chosen_regions(source: Source, chosen: Chosen) -> tuple[NumberedRegion, ...]:
    """The regions to run, in the order of the file; the primary is always among them.

    `chosen`: names, a number of regions, "all", or None for `local.regions` or else three: the
    primary, its partner, and the primary of the next geography.
    """
    everything = regions(source)
    if chosen is None:
        chosen = tuple(source.platform.local.regions) or REGIONS_BY_DEFAULT
    if chosen == "all":
        return everything
    if isinstance(chosen, int):
        ranked = sorted(everything, key=lambda region: (_rank(region, source), region.number))
        names = {region.name for region in ranked[:chosen]}
    else:
        names = set(chosen)
        _refuse_unknown(source, chosen, tuple(region.name for region in everything))
    names.add(everything[0].name)
    return tuple(region for region in everything if region.name in names)


def _rank(region: NumberedRegion, source: Source) -> int:
    """The primary and its partner first, then each geography's primary, then the rest."""
    if region.design.role in ("primary", "partner"):
        return 0
    is_first = source.platform.regions[region.design.geography].primary == region.name
    return 1 if is_first else 2


def _refuse_unknown(source: Source, chosen: tuple[str, ...], known: tuple[str, ...]) -> None:
    unknown = [name for name in chosen if name not in known]
    if not unknown:
        return
    close = difflib.get_close_matches(unknown[0], known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
    raise SpecError(
        Finding(
            rule=Rule.UNKNOWN_REGION,
            message=f"there is no region called {name}",
            why="a platform runs in regions that its file names",
            try_=hint,
            place=source.place("regions"),
            path="regions",
        )
        for name in unknown
    )

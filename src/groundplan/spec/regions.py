"""`regions`: where the platform runs. Each geography has a primary and maybe a partner for it."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from groundplan.spec.section import Name, Section, refuse


class Geography(Section):
    """A part of the world: its primary region and the one that takes over."""

    primary: Name
    secondary: Name | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its regions, the primary first."""
        return (self.primary, self.secondary) if self.secondary else (self.primary,)


def _once_each(regions: Mapping[str, Geography]) -> Mapping[str, Geography]:
    seen: dict[str, str] = {}
    for geography, region in regions.items():
        for side in ("primary", "secondary"):
            name = getattr(region, side)
            if name in seen:
                raise refuse(
                    "SPEC017",
                    f"{name} is already the {seen[name]}",
                    "a region has one role, or its failover would have nowhere to go",
                    "name each region once",
                    geography,
                    side,
                )
            if name:
                seen[name] = f"{side} of {geography}"
    return regions


Regions = Annotated[Mapping[Name, Geography], Field(min_length=1), AfterValidator(_once_each)]

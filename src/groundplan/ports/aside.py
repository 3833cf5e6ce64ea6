"""The Aside port: old data that restores in place put beside the new, for who wants it back."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCopy:
    """Data that a restore replaced. `name` is the restore's own."""

    name: str
    of: str  # the part whose data it was
    where: str
    at: float  # when it was put aside, seconds since 1970
    bytes: int


class Aside(Protocol):
    """All that is put aside on one platform."""

    def all(self) -> tuple[SafetyCopy, ...]:
        """Oldest first."""

    def forget(self, name: str) -> None:
        """Deletes one for good; one that is gone already is none."""

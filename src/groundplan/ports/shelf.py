"""What operations may ask about backups of something else than the database: a shelf of copies.

Every call is bounded, and harmless when it is made twice. What the world refuses is a TargetError.
"""

from dataclasses import dataclass
from typing import Protocol

from groundplan.ports.archive import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came out of a copy. `aside`: where what it replaced is now."""

    items: int
    bytes: int
    what: str  # "keys" or "files"
    aside: str = ""


class Shelf(Protocol):
    """The repositories of the caches, of the files of applications, or of the configuration."""

    @property
    def repositories(self) -> tuple[str, ...]:
        """Their regions."""

    def copies(self, repository: str) -> tuple[Backup, ...]:
        """What a repository holds, oldest first: each was checked when it was made."""

    def copy(self, repository: str, mark: str) -> Backup:
        """Makes a copy and checks it; the one with this mark, when there is one already."""

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        """Deletes copies; those that are gone already are none."""

    def inspect(self, repository: str) -> None:
        """Reads every byte of a repository; TargetError that says what is damaged."""

    def prove(self, copy: Backup) -> Brought:
        """Brings a copy back beside the platform, looks at it as its users would, removes it."""

    def bring(self, copy: Backup, into: str) -> Brought:
        """Brings a copy back into a folder that was empty."""

    def replace(self, copy: Backup, mark: str) -> Brought:
        """Brings a copy back in its place; what stood there is put aside where that is possible."""

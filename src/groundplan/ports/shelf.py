"""What operations may ask about backups of something else than the database: a shelf of copies.

Every call is bounded, and harmless when it is made twice. What the world refuses is a TargetError.
"""

from typing import Protocol

from groundplan.ports.archive import Backup


class Shelf(Protocol):
    """The repositories of the caches, or of the files of applications."""

    @property
    def repositories(self) -> tuple[str, ...]:
        """Their regions."""

    def copies(self, repository: str) -> tuple[Backup, ...]:
        """What a repository holds, oldest first: each was checked when it was made."""

    def copy(self, repository: str, mark: str) -> Backup:
        """Makes a copy and checks it; the one with this mark, when there is one already."""

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        """Deletes copies; those that are gone already are none."""

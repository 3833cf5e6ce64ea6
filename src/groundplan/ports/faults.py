"""The Faults port: what a drill breaks on purpose, for real, and how it is mended."""

from typing import Protocol


class Faults(Protocol):
    """Every fault stays until `mend`, and is harmless when it is injected twice."""

    def kill(self, parts: tuple[str, ...]) -> None:
        """Kills all of them at once (SIGKILL) and keeps them from coming back."""

    def crash(self, parts: tuple[str, ...]) -> None:
        """Kills all of them at once; whoever keeps them alive may start them again."""

    def hang(self, parts: tuple[str, ...]) -> None:
        """Stops all of them where they are (SIGSTOP): they keep their sockets and say nothing."""

    def lag(self, part: str) -> None:
        """A replica receives and replays nothing more."""

    def corrupt(self) -> str:
        """Flips bytes in a table of the drill's own, on the primary's disk; says where."""

    def fill(self, repository: str) -> str:
        """Fills the disk of a region's repository of the database; says which. TargetError where
        that is not possible, for example without root."""

    def mend(self) -> None:
        """Takes away whatever keeps parts down or hung, after a kill of our own process, too."""

"""The Reports port: where drills leave what they found."""

from typing import Protocol


class Reports(Protocol):
    """Reports by name, newest first. Writing one twice is writing it once."""

    def write(self, name: str, *, json: bytes, html: str) -> str:
        """Keeps a report for programs and for people; returns where people find it."""

    def latest(self) -> tuple[bytes, ...]:
        """The newest report of each drill, as JSON."""

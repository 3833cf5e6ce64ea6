"""The virtual clock. Time passes when somebody says so, and at once."""

from dataclasses import dataclass

EPOCH = 1_767_225_600.0  # 2026-01-01 00:00 UTC, a Thursday


@dataclass(slots=True)
class VirtualClock:
    """Seconds since 1970 as the twin counts them."""

    now: float = EPOCH

    def advance(self, seconds: float) -> None:
        """Lets time pass; it never goes back."""
        assert seconds >= 0, seconds
        self.now += seconds

    def passed(self, seconds: float) -> float:
        """Lets time pass, and tells it."""
        self.advance(seconds)
        return self.now

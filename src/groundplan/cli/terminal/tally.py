"""How far the work on each site is, from the events that a target reports."""

from dataclasses import dataclass, field

from groundplan.targets.local.progress import Progress, Stage

DONE = frozenset({Stage.READY, Stage.REMOVED})


@dataclass(slots=True)
class Tally:
    """The last event of each part of one site."""

    last: dict[str, Progress] = field(default_factory=dict)
    current: Progress | None = None

    def add(self, event: Progress) -> None:
        """Counts an event."""
        self.last[event.part] = event
        if event.stage is not Stage.WAITING:
            self.current = event

    @property
    def total(self) -> int:
        """How many parts there is work on."""
        return len(self.last)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(event.stage in DONE for event in self.last.values())

    @property
    def has_failed(self) -> bool:
        """Whether a part failed."""
        return any(event.stage is Stage.FAILED for event in self.last.values())

    def doing(self) -> str:
        """What happens now, in a few words."""
        if self.has_failed:
            failed = next(event for event in self.last.values() if event.stage is Stage.FAILED)
            return told(failed)
        if self.done == self.total or self.current is None:
            return ""
        return told(self.current)


def told(event: Progress) -> str:
    """postgres-1 starting (a base backup of 127.10.1.5)."""
    name = event.part.removeprefix(f"{event.site}/")
    why = f" ({event.message})" if event.message else ""
    return f"{name} {event.stage.value}{why}"

"""The story of a drill as it goes: what happened, and how long after the fault."""

from dataclasses import dataclass, field

from groundplan.operations.recovery.drill.report import Moment
from groundplan.ports.journal import Journal


@dataclass(slots=True, kw_only=True)
class Story:
    """Tells people and remembers for the report."""

    journal: Journal
    fault: float
    moments: list[Moment] = field(default_factory=list)

    def tell(self, what: str) -> None:
        """Something happened just now."""
        seconds = self.journal.now() - self.fault
        self.moments.append(Moment(seconds=seconds, what=what))
        self.journal.tell(what)

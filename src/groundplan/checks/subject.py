"""What rules look at: the file, the facts, the assumptions and today's date."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from groundplan.checks.assumptions import Figures, figures
from groundplan.checks.facts import Facts
from groundplan.checks.leaves import leaves
from groundplan.errors import Place
from groundplan.spec.load import Source
from groundplan.spec.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One platform file under check. Rules take all they need from here and do no I/O."""

    source: Source
    facts: Facts
    today: date

    @property
    def platform(self) -> Platform:
        """The typed file."""
        return self.source.platform

    @cached_property
    def figures(self) -> Figures:
        """What the team declared of its own load, or named defaults."""
        return figures(self.source.platform.assumptions)

    @cached_property
    def leaves(self) -> tuple[tuple[str, object], ...]:
        """The plain values and quantities of the file with their keys, without defaults."""
        return leaves(self.platform)

    def place(self, path: str) -> Place:
        """Where a dotted key stands; its nearest written parent when it is not written."""
        return self.source.place(path)

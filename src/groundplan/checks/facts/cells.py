"""One line of a table: its cells by column, read as what they have to be.

A cell that cannot be read raises CellError, in words; tables.py gives it its file and line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from groundplan.checks.facts.provenance import Confidence, Fact
from groundplan.errors import Place

NUMBER_MAX = 10**15


class CellError(Exception):
    """A cell that is not what its column holds."""

    def __init__(self, column: str, why: str, try_: str) -> None:
        self.column = column
        self.why = why
        self.try_ = try_
        super().__init__(f"{column}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A line. An empty cell is an unknown figure: it reads as None, never as zero."""

    table: str
    values: Mapping[str, str]
    place: Place | None

    def text(self, column: str) -> str:
        """Text that has to be there."""
        value = self.values.get(column, "").strip()
        if not value:
            raise CellError(column, "the cell is empty", f"write the {column.replace('_', ' ')}")
        return value

    def maybe_text(self, column: str) -> str:
        """Text that may be empty."""
        return self.values.get(column, "").strip()

    def words(self, column: str) -> tuple[str, ...]:
        """Words with spaces between them; maybe none."""
        return tuple(self.values.get(column, "").split())

    def number(self, column: str) -> Decimal:
        """A number, zero or more."""
        value = self.signed(column)
        if value < 0:
            raise self._not_a_number(column, self.text(column))
        return value

    def maybe_number(self, column: str) -> Decimal | None:
        """A number, or None where nobody knows it."""
        return self.number(column) if self.maybe_text(column) else None

    def signed(self, column: str) -> Decimal:
        """A number on either side of zero; a bound keeps sums of them away from infinity."""
        text = self.text(column)
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self._not_a_number(column, text) from None
        if not value.is_finite() or not -NUMBER_MAX <= value <= NUMBER_MAX:
            raise self._not_a_number(column, text)
        return value

    def is_yes(self, column: str) -> bool:
        """Whether the cell says yes and not no."""
        text = self.text(column)
        if text not in ("yes", "no"):
            raise CellError(column, f'"{text}" is neither yes nor no', "write yes or no")
        return text == "yes"

    def whole(self, column: str) -> int:
        """A whole number, zero or more."""
        value = self.number(column)
        if value != value.to_integral_value():
            raise CellError(column, f'"{value}" is not a whole number', "write it without a dot")
        return int(value)

    def day(self, column: str) -> date:
        """A day: 2026-11-24."""
        text = self.text(column)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise CellError(column, f'"{text}" is not a day', "write it like 2026-11-24") from None

    def maybe_day(self, column: str) -> date | None:
        """A day, or None where none is announced."""
        return self.day(column) if self.maybe_text(column) else None

    def fact(self, *key: str) -> Fact:
        """The provenance that every line carries."""
        text = self.text("confidence")
        if text not in set(Confidence):
            words = ", ".join(Confidence)
            raise CellError("confidence", f'"{text}" is no confidence', f"write one of: {words}")
        return Fact(
            table=self.table,
            key=" ".join(word for word in key if word),
            as_of=self.day("as_of"),
            source=self.text("source"),
            confidence=Confidence(text),
            note=self.maybe_text("note"),
            place=self.place,
        )

    def _not_a_number(self, column: str, text: str) -> CellError:
        return CellError(column, f'"{text}" is not a number', "write a plain number, like 0.085")

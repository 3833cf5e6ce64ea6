"""Columns of text. Widths come from the words, colours from the screen; the last column is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.cli.terminal.screen import Screen, Tone


@dataclass(frozen=True, slots=True)
class Cell:
    """A word of a table and its tone."""

    text: str
    tone: Tone | None = None


Row = Sequence[Cell | str]


def table(rows: Sequence[Row], screen: Screen, *, indent: int = 2) -> str:
    """The rows below each other, columns two spaces apart."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [
        max((len(row[column].text) for row in cells if column < len(row)), default=0)
        for column in range(count)
    ]
    return "\n".join(_line(row, widths, screen, indent) for row in cells)


def _line(row: Sequence[Cell], widths: Sequence[int], screen: Screen, indent: int) -> str:
    words = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=False)):
        is_last = number == len(row) - 1
        space = "" if is_last else " " * (width - len(cell.text))
        shown = screen.paint(cell.text, cell.tone) if cell.tone and cell.text else cell.text
        words.append(shown + space)
    return (" " * indent + "  ".join(words)).rstrip()

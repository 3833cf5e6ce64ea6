"""Where each key of the file is written."""

import re
from dataclasses import dataclass

from groundplan.errors import Place
from groundplan.spec.nodes import Entry, Mark, Node, Path, Scalar, step


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the place of a key. Plain values and lists in one line stand at the value itself,
    blocks at their key; what is not written stands where its nearest parent does."""

    file: str
    root: Node

    def __call__(self, path: str | Path) -> Place:
        """The place of "disaster_recovery.rpo", "waf.rules[2].threshold" or a tuple of keys."""
        return self.of(self.entry(path))

    def key(self, path: Path) -> Place:
        """The place of the key itself."""
        return self.at(self.entry(path).key.mark)

    def at(self, mark: Mark) -> Place:
        """The place of a mark."""
        return Place(self.file, mark.line, mark.column, mark.end)

    def of(self, entry: Entry) -> Place:
        """The place of an entry."""
        value = entry.value
        stands_alone = isinstance(value, Scalar) or value.in_line
        return self.at(value.mark if stands_alone else entry.key.mark)

    def entry(self, path: str | Path) -> Entry:
        """The entry at a path, or its nearest parent's."""
        here = Entry(key=Scalar(mark=self.root.mark, text=""), value=self.root)
        if isinstance(path, str):
            return _dotted(here, re.sub(r"\[(\d+)\]", r".\1", path).split("."))
        for key in path:
            below = step(here.value, key)
            if below is None:
                break
            here = below
        return here


def _dotted(here: Entry, words: list[str]) -> Entry:
    """The same by words. A key may hold dots itself, so the tree decides."""
    while words:
        for count in range(1, len(words) + 1):
            below = step(here.value, _number_or_text(".".join(words[:count])))
            if below is not None:
                break
        else:
            return here
        here, words = below, words[count:]
    return here


def _number_or_text(word: str) -> str | int:
    return int(word) if word.isdecimal() else word

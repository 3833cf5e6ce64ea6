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
        return Place(self.file, mark.line, mark.column)

    def of(self, entry: Entry) -> Place:
        """The place of an entry."""
        value = entry.value
        stands_alone = isinstance(value, Scalar) or value.in_line
        return self.at(value.mark if stands_alone else entry.key.mark)

    def entry(self, path: str | Path) -> Entry:
        """The entry at a path, or its nearest parent's."""
        here = Entry(key=Scalar(mark=self.root.mark, text=""), value=self.root)
        keys = self._keys(path) if isinstance(path, str) else path
        for key in keys:
            below = step(here.value, key)
            if below is None:
                break
            here = below
        return here

    def _keys(self, path: str) -> Path:
        """The keys of a dotted path. A key may hold dots itself, so the tree decides."""
        words = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
        keys: list[str | int] = []
        node: Node | None = self.root
        while words and node is not None:
            for count in range(1, len(words) + 1):
                key = _number_or_text(".".join(words[:count]))
                below = step(node, key)
                if below is not None:
                    break
            keys.append(key)
            node = below.value if below else None
            words = words[count:]
        return tuple(keys)


def _number_or_text(word: str) -> str | int:
    return int(word) if word.isdecimal() else word

"""The file as a tree: what was written, where. Composed from YAML, merged by overlays."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Mark(NamedTuple):
    """A line and a column, from 1, and the first position after what begins there."""

    line: int
    column: int
    end: tuple[int, int] | None = None  # None where only the beginning is known


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value in characters. Plain means that no quotes say it is text."""

    mark: Mark
    text: str
    plain: bool = False

    @property
    def size(self) -> int:
        """How many nodes it is."""
        return 1

    @property
    def height(self) -> int:
        """How many levels it is."""
        return 1


@dataclass(frozen=True, slots=True)
class Listing:
    """A list. `size` and `height` count what aliases repeat, so that they can be bounded."""

    mark: Mark
    in_line: bool = False
    items: list["Node"] = field(default_factory=list)
    size: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, by key."""

    mark: Mark
    in_line: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)
    size: int = 1
    height: int = 1


Node = Scalar | Listing | Table
Path = tuple[str | int, ...]


def step(node: Node, key: str | int) -> Entry | None:
    """One step down the tree; an item of a list stands at its own beginning."""
    if isinstance(node, Table):
        return node.entries.get(str(key))
    if isinstance(node, Listing) and isinstance(key, int) and 0 <= key < len(node.items):
        item = node.items[key]
        return Entry(key=Scalar(mark=item.mark, text=str(key)), value=item)
    return None


def find(node: Node, path: Path) -> Node | None:
    """The node at exactly that path."""
    for key in path:
        below = step(node, key)
        if below is None:
            return None
        node = below.value
    return node


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node below this one with its path, and itself."""
    yield path, node
    if isinstance(node, Table):
        for key, entry in node.entries.items():
            yield from walk(entry.value, (*path, key))
    elif isinstance(node, Listing):
        for index, item in enumerate(node.items):
            yield from walk(item, (*path, index))


def marks(node: Node) -> Iterator[Mark]:
    """Where every key and value below this one stands."""
    for _, below in walk(node):
        yield below.mark
        if isinstance(below, Table):
            yield from (entry.key.mark for entry in below.entries.values())


def dotted(path: Path) -> str:
    """A path for a person: `waf.rules[2].threshold`."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return words.removeprefix(".")

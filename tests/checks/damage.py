"""Damages platform files as trees, so that most of the results are still YAML and many still load.

A damage is a few edits, each an operation and three numbers that pick where and with what; numbers
rather than nodes, so that hypothesis can shrink them.
"""

import copy
import re
from collections.abc import Callable, Iterator

import yaml
from hypothesis import strategies as st

Edit = tuple[str, int, int, int]
ODD = ("", "~", "0", "-1", "1", "100", "true", "x", "9" * 40, "1e308", ".nan", "0%", "1000%", "0s")
ODD += ("100 years", "1GB", "999999TB", "0GB", "$0", "-$5", "23:59-00:01", "é\u2028", "< 0ms")
FIGURES = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "59",
    "100",
    "1000",
    "65535",
    "2000000",
    "9" * 15,
    "0.001",
    "-1",
)
WORDS = 30  # how long a scalar may be whose figures are replaced


class Tree:
    """A file's nodes, each with what it takes to put another in its place."""

    def __init__(self, text: str) -> None:
        self.root = yaml.compose(text, Loader=yaml.CSafeLoader)

    def slots(self) -> list[tuple[yaml.Node, int, yaml.Node]]:
        """Every key and value or item: its collection, its number there, the value."""
        return list(self._slots(self.root))

    def _slots(self, node: yaml.Node) -> Iterator[tuple[yaml.Node, int, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            below = [value for _, value in node.value]
        else:
            below = list(node.value) if isinstance(node, yaml.SequenceNode) else []
        for number, value in enumerate(below):
            yield node, number, value
            yield from self._slots(value)

    def scalars(self) -> list[tuple[yaml.Node, int, yaml.Node]]:
        """The slots of single values."""
        return [slot for slot in self.slots() if isinstance(slot[2], yaml.ScalarNode)]

    def text(self) -> str:
        """The file again."""
        return str(yaml.serialize(self.root, Dumper=yaml.CSafeDumper, allow_unicode=True))


def plain(text: str) -> yaml.ScalarNode:
    """A value without quotes, where it can be one."""
    tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False))
    return yaml.ScalarNode(tag, text)


def put(owner: yaml.Node, number: int, value: yaml.Node) -> None:
    if isinstance(owner, yaml.MappingNode):
        owner.value[number] = (owner.value[number][0], value)
    else:
        owner.value[number] = value


def delete(tree: Tree, where: int, _: int, __: int) -> None:
    slots = tree.slots()
    owner, number, _value = slots[where % len(slots)]
    del owner.value[number]


def keep_sections(tree: Tree, where: int, what: int, _: int) -> None:
    """Keeps the name, the regions and some other sections, by the bits of a number."""
    bits = where ^ (what << 3)
    tree.root.value = [
        pair
        for number, pair in enumerate(tree.root.value)
        if pair[0].value in ("platform", "regions") or bits >> (number % 16) & 1
    ]


def double(tree: Tree, where: int, what: int, _: int) -> None:
    slots = tree.slots()
    owner, number, _value = slots[where % len(slots)]
    owner.value += [copy.deepcopy(owner.value[number])] * (1 + what % 3)


def rename(tree: Tree, where: int, what: int, _: int) -> None:
    """Gives a key the name of another of the file."""
    slots = [slot for slot in tree.slots() if isinstance(slot[0], yaml.MappingNode)]
    owner, number, value = slots[where % len(slots)]
    other, place, _value = slots[what % len(slots)]
    owner.value[number] = (other.value[place][0], value)


def swap(tree: Tree, where: int, what: int, _: int) -> None:
    """Puts a copy of one value, or section, where another is."""
    slots = tree.slots()
    owner, number, _value = slots[where % len(slots)]
    put(owner, number, copy.deepcopy(slots[what % len(slots)][2]))


def refigure(tree: Tree, where: int, what: int, count: int) -> None:
    """Changes the figures of some values and leaves their units and words."""
    figure = FIGURES[what % len(FIGURES)]
    slots = [slot for slot in tree.scalars() if re.search(r"\d", slot[2].value)]
    for more in range(1 + count % 4):
        owner, number, value = slots[(where + 7 * more) % len(slots)]
        if len(value.value) <= WORDS:
            changed = re.sub(r"\d[\d,]*(\.\d+)?", figure, value.value, count=1 + count % 2)
            kind = value.tag.endswith(":str") or value.style
            put(owner, number, _as(value, changed) if kind else plain(changed))


def _as(value: yaml.ScalarNode, text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(value.tag, text, style=value.style)


def odd(tree: Tree, where: int, what: int, count: int) -> None:
    slots = tree.scalars() if count % 3 else tree.slots()
    owner, number, _value = slots[where % len(slots)]
    put(owner, number, plain(ODD[what % len(ODD)]))


def empty(tree: Tree, where: int, what: int, _: int) -> None:
    slots = tree.slots()
    owner, number, _value = slots[where % len(slots)]
    nothing = (
        yaml.MappingNode("tag:yaml.org,2002:map", []),
        yaml.SequenceNode("tag:yaml.org,2002:seq", []),
        plain(""),
    )
    put(owner, number, nothing[what % len(nothing)])


def nest(tree: Tree, where: int, what: int, count: int) -> None:
    slots = tree.slots()
    owner, number, value = slots[where % len(slots)]
    for _ in range(1 + count % 5):
        if what % 2:
            value = yaml.SequenceNode("tag:yaml.org,2002:seq", [value])
        else:
            value = yaml.MappingNode("tag:yaml.org,2002:map", [(plain("x"), value)])
    put(owner, number, value)


OPERATIONS: dict[str, Callable[[Tree, int, int, int], None]] = {
    "delete": delete,
    "refigure": refigure,
    "keep sections": keep_sections,
    "swap": swap,
    "double": double,
    "rename": rename,
    "odd": odd,
    "empty": empty,
    "nest": nest,
}
NUMBER = st.integers(0, 2**16)
# The first ones most often leave a file that loads, and rules are what is to be reached.
OFTEN = ("delete", "delete", "refigure", "refigure", "keep sections", *OPERATIONS)
EDITS = st.lists(st.tuples(st.sampled_from(OFTEN), NUMBER, NUMBER, NUMBER), min_size=1, max_size=5)


def damaged(text: str, edits: list[Edit]) -> str:
    """The file after some edits; what nothing is left of, stays as it is."""
    tree = Tree(text)
    for name, where, what, count in edits:
        if len(tree.scalars()) > 1:
            OPERATIONS[name](tree, where, what, count)
    return tree.text()

"""Keys without a value: a finding in the file, a removal in an overlay, fine in a workflow."""

from collections.abc import Iterator

from groundplan.errors import Finding
from groundplan.spec.nodes import Node, Path, Scalar, Table, dotted, walk
from groundplan.spec.places import Places
from groundplan.spec.rules import Rule
from groundplan.spec.scalars import resolve


def is_empty(node: Node) -> bool:
    """Whether nothing, or null, was written."""
    return isinstance(node, Scalar) and node.plain and resolve(node.text) is None


def is_unwanted(path: Path, node: Node) -> bool:
    """Whether a value is empty where it may not be. GitHub's `on: workflow_dispatch:` may."""
    in_overlay = path[:1] == ("environments",) and path[2:3] == ("overlay",)
    in_workflow = path[:1] == ("pipeline",) and len(path) > 1
    return bool(path) and is_empty(node) and not in_workflow and not in_overlay


def empty_values(root: Table, places: Places) -> Iterator[Finding]:
    """A finding for each."""
    for path, node in walk(root):
        if is_unwanted(path, node):
            yield Finding(
                rule=Rule.WRONG_TYPE,
                message=f"{dotted(path)} has no value",
                why="nothing, ~ and null are read as no value at all",
                try_='write a value, write "" for an empty text, or remove the line',
                place=places.key(path),
                path=dotted(path),
            )

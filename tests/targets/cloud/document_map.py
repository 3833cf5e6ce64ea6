"""The page docs/reference/document-map.md: each value of the design document, and where it is kept.

Places are found by changing the value of the same key in mvlbim's platform file (see witness.py);
a value that this file changed has the rules that asked for it; what neither finds is told by hand
in told.csv, with a place that is looked up.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from targets.cloud.rendering import MVLBIM, ROOT, tree
from targets.cloud.witness import leaves, witnesses

from groundplan.cli.asked.audit import audit
from groundplan.errors import Finding
from groundplan.spec.load import load
from groundplan.spec.nodes import Path as Keys
from groundplan.spec.nodes import dotted

PAGE = ROOT / "docs" / "reference" / "document-map.md"
DOCUMENT = MVLBIM.parent / "document.yaml"
TOLD = Path(__file__).parent / "told.csv"
LINES_SHOWN = 2
NOT_YET = "not yet"
HEAD = """\
# The document, key by key

Made by `pytest tests/targets/cloud/test_document_map.py --update`. Every value of the design
document (examples/mvlbim/document.yaml) and where it is honoured:

- a file and a line of what `groundplan render` writes for examples/mvlbim/platform.yaml: the first
  ones that are different when the value is;
- *here*: the kind of part of the local platform, or the promise, that is different then;
- a rule: the platform file says something else than the document, because of that rule
  (`groundplan explain REC001`);
- words, where neither can be seen: what is done instead, or **not yet**.

"""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of keys by hand; `file` and `text` are looked up in what is rendered."""

    keys: str
    words: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the document."""

    keys: str
    value: str
    where: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return any(NOT_YET in each for each in self.where)


@cache
def told() -> tuple[Told, ...]:
    with TOLD.open(newline="") as file:
        return tuple(Told(**row) for row in csv.DictReader(file))


@cache
def changes() -> tuple[Finding, ...]:
    """What the rules say of the document."""
    return audit(load(DOCUMENT)).report.findings


def rows(section: str) -> tuple[Row, ...]:
    """Every value of a section."""
    written, ours = leaves(DOCUMENT), leaves(MVLBIM)
    return tuple(
        Row(dotted(keys), node.text, tuple(_where(keys, node.text, ours)))
        for keys, node in written.items()
        if keys[0] == section
    )


def _where(keys: Keys, text: str, ours: dict[Keys, object]) -> Iterator[str]:
    name = dotted(keys)
    by_hand = [each for each in told() if re.fullmatch(each.keys, name)]
    if by_hand:
        yield from (_spoken(each) for each in by_hand)
    elif keys in ours and (seen := witnesses(keys)):
        files = list(dict.fromkeys(seen.files))
        yield from (f"`{file}`" for file in files[:LINES_SHOWN])
        if len(files) > LINES_SHOWN:
            yield f"and {len(files) - LINES_SHOWN} more"
        if seen.parts:
            yield f"here: {', '.join(seen.parts[:3])}{', ...' if len(seen.parts) > 3 else ''}"
    own = ours.get(keys)
    if own is None or getattr(own, "text", None) != text:
        rules = [f.rule for f in changes() if _is_about(f.path, name)]
        if rules:
            yield f"changed: {', '.join(sorted(set(rules)))}"


def _is_about(path: str, name: str) -> bool:
    return bool(path) and (name == path or name.startswith((f"{path}.", f"{path}[")))


def _spoken(each: Told) -> str:
    """Words and the place that they name; the place has to be there."""
    if not each.file:
        return each.words
    lines = tree(MVLBIM)[each.file].splitlines()
    found = [number for number, line in enumerate(lines, start=1) if each.text in line]
    assert found, f"{TOLD.name}: {each.keys}: {each.file} has no {each.text!r}"
    line = found[0]
    return f"{each.words}: `{each.file}:{line}`" if each.words else f"`{each.file}:{line}`"


def sections() -> tuple[str, ...]:
    """The document's sections, in its order."""
    return tuple(dict.fromkeys(str(keys[0]) for keys in leaves(DOCUMENT)))


def chapter(section: str) -> str:
    """A section's part of the page."""
    lines = [f"## {section}", "", "| key | says | where |", "|---|---|---|"]
    for row in rows(section):
        value = row.value.replace("|", "\\|").replace("\n", " ").strip()
        lines.append(f"| `{row.keys}` | {_short(value)} | {'; '.join(row.where)} |")
    return "\n".join(lines) + "\n"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."


def page() -> str:
    """The whole page, with how much of it is open."""
    every = [row for section in sections() for row in rows(section)]
    open_ones = [row for row in every if row.is_open]
    count = f"Of {len(every)} values {len(every) - len(open_ones)} are honoured or answered, "
    head = f"{HEAD}{count}{len(open_ones)} are **{NOT_YET}**.\n"
    return "\n".join([head, *(chapter(section) for section in sections())])

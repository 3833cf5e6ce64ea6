"""reference.yaml names every key, says truly what is required, and loads; its page is current."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from groundplan.spec.backup import Frequency
from groundplan.spec.compose import compose
from groundplan.spec.load import load
from groundplan.spec.nodes import Entry, Table, walk
from groundplan.spec.outline import fields_of, section_at, sections
from groundplan.spec.platform import Platform
from groundplan.spec.rules import EXPLANATIONS, Rule
from groundplan.units import (
    Bytes,
    Count,
    CpuQuantity,
    Duration,
    MemoryQuantity,
    Money,
    Percent,
    Quantity,
    Rate,
    Threshold,
    TimeWindow,
    Version,
    WeeklyWindow,
)

ROOT = Path(__file__).parent.parent.parent
QUANTITIES: tuple[type[Quantity], ...] = (
    Duration,
    TimeWindow,
    WeeklyWindow,
    Frequency,
    Bytes,
    MemoryQuantity,
    CpuQuantity,
    Money,
    Percent,
    Count,
    Rate,
    Threshold,
    Version,
)
REFERENCE = ROOT / "src" / "groundplan" / "spec" / "reference.yaml"
PAGE = ROOT / "docs" / "reference" / "platform-file.md"


def entries() -> list[tuple[str, Entry, FieldInfo]]:
    """Every key of the reference with its section's name and its field."""
    root, _ = compose(REFERENCE.read_text(), "reference.yaml")
    found = []
    for path, node in walk(root):
        section = section_at(Platform, path) if isinstance(node, Table) else None
        if section and isinstance(node, Table) and path[2:3] != ("overlay",):
            fields = fields_of(section)
            found += [(section.__name__, node.entries[key], fields[key]) for key in node.entries]
    return found


def comment(entry: Entry) -> str:
    """The comment in the key's line, or above it."""
    lines = REFERENCE.read_text().splitlines()
    line = entry.key.mark.line - 1
    above = lines[line - 1].strip() if lines[line - 1].lstrip().startswith("#") else ""
    return f"{above} {lines[line].partition('  # ')[2]}"


def test_the_reference_loads() -> None:
    for environment in (None, "dev"):
        load(REFERENCE, environment)


def test_the_reference_names_every_key() -> None:
    named = {(section, entry.key.text) for section, entry, _ in entries()}
    known = {(kind.__name__, key) for _, kind in sections(Platform) for key in fields_of(kind)}
    assert sorted(known - named) == []


def test_the_reference_says_what_is_required() -> None:
    marked = {
        (section, entry.key.text)
        for section, entry, _ in entries()
        if "(required)" in comment(entry)
    }
    required = {
        (kind.__name__, key)
        for _, kind in sections(Platform)
        for key, info in fields_of(kind).items()
        if info.is_required()
    }
    # A rule that a base class requires is marked where it is first written.
    shown = {(section.replace("Outbound", "Inbound"), key) for section, key in required}
    assert {(section.replace("Outbound", "Inbound"), key) for section, key in marked} == shown


def test_the_reference_says_the_defaults() -> None:
    told: dict[tuple[str, str], str] = {}
    for section, entry, info in entries():
        default = info.default
        if isinstance(default, Quantity | int | str) and not info.is_required():
            word = str(default).lower() if isinstance(default, bool) else str(default)
            told.setdefault((section, entry.key.text), f"{word} in: {comment(entry)}")
    wrong = [
        (key, text)
        for key, text in told.items()
        if f"default {text.partition(' in: ')[0]}" not in text.replace('"', "")
    ]
    assert wrong == []


def page() -> str:
    """The reference in Markdown: every key, the quantities, the findings."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# The platform file\n"
    yield "Written from `src/groundplan/spec` by `pytest tests/spec/test_reference.py --update`.\n"
    yield "## Every key\n"
    yield f"```yaml\n{REFERENCE.read_text()}```\n"
    yield "## How quantities are written\n"
    yield "Each prints the way it was written and is compared by its value.\n"
    yield "| what | written as | for example |\n|---|---|---|"
    for kind in QUANTITIES:
        examples = ", ".join(f"`{text}`" for text in kind.examples)
        yield f"| {kind.what} | {kind.forms} | {examples} |"
    yield "\n## What keeps a file from loading\n"
    yield "All findings of a file are told at once; the exit code is 3.\n"
    yield "| finding | what it is about |\n|---|---|"
    for rule, words in EXPLANATIONS.items():
        yield f"| {rule} | {words} |"
    yield ""


def test_the_page_is_up_to_date(update: bool) -> None:
    if update:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("rule", Rule)
def test_each_kind_of_finding_is_explained(rule: Rule) -> None:
    assert EXPLANATIONS[rule].endswith(".")

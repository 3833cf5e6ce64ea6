"""The reference names every key, says truly what is required, and loads."""

from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from groundplan.spec.compose import compose
from groundplan.spec.load import load
from groundplan.spec.nodes import Entry, Table, walk
from groundplan.spec.outline import fields_of, section_at, sections
from groundplan.spec.platform import Platform
from groundplan.spec.reference import example, page
from groundplan.spec.rules import EXPLANATIONS, Rule
from groundplan.units import Quantity

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "platform-file.md"


def entries() -> list[tuple[str, Entry, FieldInfo]]:
    """Every key of the reference with its section's name and its field."""
    root, _ = compose(example(), "reference.yaml")
    found = []
    for path, node in walk(root):
        section = section_at(Platform, path) if isinstance(node, Table) else None
        if section and isinstance(node, Table) and path[2:3] != ("overlay",):
            fields = fields_of(section)
            found += [(section.__name__, node.entries[key], fields[key]) for key in node.entries]
    return found


def comment(entry: Entry) -> str:
    """The comment in the key's line, or above it."""
    lines = example().splitlines()
    line = entry.key.mark.line - 1
    above = lines[line - 1].strip() if lines[line - 1].lstrip().startswith("#") else ""
    return f"{above} {lines[line].partition('  # ')[2]}"


def test_the_reference_loads() -> None:
    for environment in (None, "dev"):
        load(ROOT / "src" / "groundplan" / "spec" / "reference.yaml", environment)


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


def test_the_page_is_up_to_date(update: bool) -> None:
    if update:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("rule", Rule)
def test_each_kind_of_finding_is_explained(rule: Rule) -> None:
    assert EXPLANATIONS[rule].endswith(".")

"""The reference of the platform file, as a page: reference.yaml, the quantities, the findings."""

from collections.abc import Iterator
from importlib.resources import files

from groundplan.spec.backup import Frequency
from groundplan.spec.rules import EXPLANATIONS
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


def example() -> str:
    """A platform file with every key, each explained."""
    return files("groundplan.spec").joinpath("reference.yaml").read_text(encoding="utf-8")


def page() -> str:
    """The reference in Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# The platform file\n"
    yield "Written from `src/groundplan/spec` by `pytest tests/spec/test_reference.py --update`.\n"
    yield "## Every key\n"
    yield f"```yaml\n{example()}```\n"
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

"""What the docs say can be typed and opened: verbs, make targets and links that exist."""

import re
from pathlib import Path

import pytest

from groundplan.cli.index import VERBS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TYPED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def typed(page: Path, program: str) -> set[str]:
    """The first words after a program's name in a page's shell blocks."""
    blocks = "\n".join(TYPED.findall(page.read_text(encoding="utf-8")))
    return set(re.findall(rf"(?:^|\(){program} ([a-z]+)", blocks, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_verbs_exist(page: Path) -> None:
    assert typed(page, "groundplan") <= set(VERBS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert typed(page, "make") <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_each_verb_is_shown_in_the_tutorial() -> None:
    assert set(VERBS) - typed(ROOT / "docs" / "tutorial.md", "groundplan") - {"explain"} == set()

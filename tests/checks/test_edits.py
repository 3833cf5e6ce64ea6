"""A platform that keeps every rule, and others written with care: each edit in one place breaks
exactly what it should. Every rule has such an edit."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from checks import harness

from groundplan.checks.catalogue import catalogue
from groundplan.checks.run import Report, check

WHOLE = harness.GOLDEN / "whole.yaml"
# Some promises are kept twice in the whole platform, so that no single edit breaks them there.
OTHERS = harness.GOLDEN.parent / "platforms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Lines of a platform, what replaces them, and the rules that must fire then."""

    platform: Path
    rules: tuple[str, ...]
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.platform.stem}-{'+'.join(self.rules)}"


def edits() -> Iterator[Edit]:
    yield from edits_of(WHOLE, harness.GOLDEN / "edits.diff")
    for path in sorted(OTHERS.glob("*.diff")):
        yield from edits_of(path.with_suffix(".yaml"), path)


def edits_of(platform: Path, path: Path) -> Iterator[Edit]:
    _, *blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    for block in blocks:
        rules, *lines = block.splitlines()
        yield Edit(
            platform=platform,
            rules=tuple(rules.split()),
            before="".join(f"{line[1:]}\n" for line in lines if line[0] in " -"),
            after="".join(f"{line[1:]}\n" for line in lines if line[0] in " +"),
        )


@cache
def text_of(platform: Path) -> str:
    return platform.read_text(encoding="utf-8")


def checked(text: str) -> Report:
    return check(harness.subject_of(text), catalogue(), text=text)


@cache
def broken_before(platform: Path) -> frozenset[str]:
    return frozenset(finding.rule for finding in checked(text_of(platform)).findings)


def test_whole_platform_keeps_every_rule() -> None:
    report = checked(text_of(WHOLE))
    assert report.crashes == ()
    assert [str(finding) for finding in report.findings] == []


@pytest.mark.parametrize("edit", tuple(edits()), ids=str)
def test_an_edit_breaks_exactly_what_it_should(edit: Edit) -> None:
    text = f"\n{text_of(edit.platform)}"
    assert text.count(f"\n{edit.before}") == 1
    assert broken_before(edit.platform).isdisjoint(edit.rules)
    report = checked(text.replace(f"\n{edit.before}", f"\n{edit.after}")[1:])
    assert report.crashes == ()
    told = "\n".join(f"{finding.rule} {finding.message}" for finding in report.findings)
    broken = {finding.rule for finding in report.findings}
    assert broken == {*edit.rules, *broken_before(edit.platform)}, told


def test_there_is_an_edit_for_every_rule() -> None:
    edited = {rule for edit in edits() for rule in edit.rules}
    assert sorted({rule.id for rule in catalogue()} - edited) == []

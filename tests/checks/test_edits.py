"""A whole platform keeps every rule; each edit of it in one place breaks exactly what it should."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from checks import harness

from groundplan.checks.catalogue import catalogue
from groundplan.checks.run import Report, check

WHOLE = (harness.GOLDEN / "whole.yaml").read_text(encoding="utf-8")
EDITS = harness.GOLDEN / "edits.diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Lines of the whole platform, what replaces them, and the rules that must fire then."""

    rules: tuple[str, ...]
    before: str
    after: str


def edits() -> Iterator[Edit]:
    _, *blocks = EDITS.read_text(encoding="utf-8").strip().split("\n\n")
    for block in blocks:
        rules, *lines = block.splitlines()
        yield Edit(
            rules=tuple(rules.split()),
            before="".join(f"{line[1:]}\n" for line in lines if line[0] in " -"),
            after="".join(f"{line[1:]}\n" for line in lines if line[0] in " +"),
        )


def checked(text: str) -> Report:
    return check(harness.subject_of(text), catalogue(), text=text)


def test_whole_platform_keeps_every_rule() -> None:
    report = checked(WHOLE)
    assert report.crashes == ()
    assert [str(finding) for finding in report.findings] == []


@pytest.mark.parametrize("edit", tuple(edits()), ids=lambda edit: "+".join(edit.rules))
def test_an_edit_breaks_exactly_what_it_should(edit: Edit) -> None:
    assert f"\n{WHOLE}".count(f"\n{edit.before}") == 1
    report = checked(f"\n{WHOLE}".replace(f"\n{edit.before}", f"\n{edit.after}")[1:])
    assert report.crashes == ()
    told = "\n".join(f"{finding.rule} {finding.message}" for finding in report.findings)
    assert {finding.rule for finding in report.findings} == set(edit.rules), told


def test_there_is_an_edit_for_most_rules() -> None:
    assert len({rule for edit in edits() for rule in edit.rules}) > 0.85 * len(catalogue())

"""No rule needs a section: the design document without any one of them breaks no rule."""

import re

import pytest
from checks import harness

SECTIONS = re.split(r"^(?=[a-z_]+:)", harness.DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)[1:]
NAMES = [section.partition(":")[0] for section in SECTIONS]
FAMILIES = ("REC", "REG", "DAT")


@pytest.mark.parametrize(
    "left_out", [name for name in NAMES if name not in ("platform", "regions")]
)
def test_rules_run_without_a_section(left_out: str) -> None:
    kept = "".join(s for s, name in zip(SECTIONS, NAMES, strict=True) if name != left_out)
    subject = harness.subject_of(kept)
    for family in FAMILIES:
        for rule in harness.family(family):
            assert all(finding.message for finding in rule.findings(subject))


@pytest.mark.parametrize("alone", NAMES)
def test_rules_run_with_a_section_alone(alone: str) -> None:
    kept = [s for s, name in zip(SECTIONS, NAMES, strict=True) if name in ("platform", "regions")]
    own = [s for s, name in zip(SECTIONS, NAMES, strict=True) if name == alone and s not in kept]
    subject = harness.subject_of("".join([*kept, *own]))
    for family in FAMILIES:
        for rule in harness.family(family):
            assert all(finding.message for finding in rule.findings(subject))

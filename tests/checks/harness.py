"""Runs single rules over small files: the golden snippets of tests/golden/checks and inline text.

A rule is found by its id, through its family's modules alone. The date is fixed, so that an engine
that goes out of support does not change what a test sees.
"""

import pkgutil
import tempfile
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

from groundplan.checks import facts
from groundplan.checks.rule import Rule, rules_of
from groundplan.checks.subject import Subject
from groundplan.errors import Finding
from groundplan.spec.load import load

TODAY = date(2026, 11, 24)
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "checks"
DOCUMENT = ROOT / "examples" / "mvlbim" / "document.yaml"
FAMILIES = {
    "REC": "recovery",
    "CAP": "capacity",
    "CST": "cost_rules",
    "SEC": "security",
    "DEL": "delivery",
    "OBS": "observability",
    "DAT": "data",
    "REG": "regions",
}


@cache
def family(prefix: str) -> tuple[Rule, ...]:
    """The rules of a family ("REC"), by id; it is one module or a package of modules."""
    top = import_module(f"groundplan.checks.{FAMILIES[prefix]}")
    below = pkgutil.iter_modules(getattr(top, "__path__", ()), f"{top.__name__}.")
    modules = [top, *(import_module(module.name) for module in below)]
    found = {rule.id: rule for module in modules for rule in rules_of(module)}
    return tuple(found[id_] for id_ in sorted(found))


def rule_of(rule_id: str) -> Rule:
    """The rule with an id."""
    return next(rule for rule in family(rule_id[:3]) if rule.id == rule_id)


def subject_at(path: Path) -> Subject:
    """A platform file with the package's facts, on the fixed day."""
    return Subject(source=load(path), facts=facts.load(), today=TODAY)


def subject_of(text: str) -> Subject:
    """The same for text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "platform.yaml"
        path.write_text(text, encoding="utf-8")
        return subject_at(path)


def findings_of(text: str, rule_id: str) -> tuple[Finding, ...]:
    """What one rule finds in a platform file's text."""
    return rule_of(rule_id).findings(subject_of(text))


@cache
def _document() -> Subject:
    return subject_at(DOCUMENT)


def findings_on_document(rule_id: str) -> tuple[Finding, ...]:
    """What one rule finds in the design document."""
    return rule_of(rule_id).findings(_document())


def snippets(rule_id: str, kind: str) -> tuple[Path, ...]:
    """A rule's golden files: failing.yaml, failing-*.yaml; passing.yaml, passing-*.yaml."""
    return tuple(sorted((GOLDEN / rule_id).glob(f"{kind}*.yaml")))


def assert_failing(path: Path, *, is_absence: bool = False) -> None:
    """The rule that the folder is named after finds something, and tells it well: a place, the
    conflicting place too (unless the problem is that something is absent), and numbers."""
    rule_id = path.parent.name
    found = rule_of(rule_id).findings(subject_at(path))
    assert found, f"{rule_id} is silent on {path.name}"
    for finding in found:
        assert finding.rule == rule_id
        assert finding.place is not None
        assert finding.related or is_absence, f"only one place: {finding}"
        assert any(letter.isdigit() for letter in finding.message), finding.message
        assert finding.why
        assert finding.try_


def assert_passing(path: Path) -> None:
    """The rule finds nothing."""
    found = rule_of(path.parent.name).findings(subject_at(path))
    assert not found, "\n".join(str(finding) for finding in found)

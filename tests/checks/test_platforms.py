"""Whole platforms that were written with care: every rule looks at them, and none cries wolf.

The five of tests/golden/platforms differ in shape: a shop in one region, a bank whose replica
confirms each write, a media site in six regions, a tool without a database, batches on GPUs.
"""

from pathlib import Path

import pytest
from checks.harness import GOLDEN, ROOT, TODAY

from groundplan.checks import facts
from groundplan.checks.catalogue import catalogue
from groundplan.checks.cost import Kind, Scale, estimates
from groundplan.checks.run import Report, check
from groundplan.checks.subject import Subject
from groundplan.cli.verbs.init import STARTER
from groundplan.errors import Severity
from groundplan.spec.load import load

SHAPES = GOLDEN.parent / "platforms"
EXAMPLE = ROOT / "examples" / "mvlbim" / "platform.yaml"
BAKERY = ROOT / "examples" / "bakery" / "platform.yaml"
CAREFUL = (*sorted(SHAPES.glob("*.yaml")), BAKERY, STARTER / "platform.yaml")
CASES = [
    pytest.param(path, environment, id=f"{path.parent.name}-{path.stem}-{environment}")
    for path in CAREFUL
    for environment in (None, *load(path).platform.environments)
]
ENVIRONMENTS = (None, "dev", "staging", "production")


def subject(path: Path, environment: str | None = None) -> Subject:
    tables = facts.load(path.parent / "facts")
    return Subject(source=load(path, environment), facts=tables, today=TODAY)


def report(path: Path, environment: str | None = None) -> Report:
    return check(subject(path, environment), catalogue(), text=path.read_text())


def shown(found: Report) -> str:
    return "\n".join(f"{each.rule} {each.path}: {each.message}" for each in found.findings)


def test_there_are_five_shapes() -> None:
    assert len(list(SHAPES.glob("*.yaml"))) == 5


@pytest.mark.parametrize(("path", "environment"), CASES)
def test_a_careful_platform_has_nothing_above_low(path: Path, environment: str | None) -> None:
    found = report(path, environment)
    assert not found.has(Severity.MEDIUM), shown(found)
    assert not found.crashes
    assert not found.set_aside, "written right, not silenced"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_example_keeps_its_promises(environment: str | None) -> None:
    found = report(EXAMPLE, environment)
    assert not found.has(Severity.MEDIUM), shown(found)
    assert not found.crashes
    assert not found.set_aside


def test_the_example_costs_less_than_its_budgets_at_its_largest() -> None:
    example = subject(EXAMPLE)
    bills = estimates(example.platform, example.facts, Scale.MAX)
    assert [bill.environment for bill in bills] == ["dev", "staging", "production"]
    assert not [line for bill in bills for line in bill.unknown]
    running = sum(bill.of(Kind.CAPACITY, Kind.STORAGE) for bill in bills)
    egress = sum(
        line.usd or 0 for bill in bills for line in bill.lines if "internet" in line.component
    )
    assert running < 10_000
    assert egress < 2_000
    assert bills[-1].usd < 10_000, "production with its traffic, too"

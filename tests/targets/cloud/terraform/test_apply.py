"""Real Terraform applies a rendered root through a provider that knows schemas, and resumes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from targets.cloud.rendering import ATLAS, PLATFORMS, rendered, sources
from targets.cloud.terraform.running import SCHEMAS, Run
from targets.cloud.terraform.schema_provider import attached

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply import terraform as program
from groundplan.targets.cloud.apply.roots import Root, roots
from groundplan.targets.cloud.folder import write
from groundplan.targets.cloud.render import clusters

BAKERY = PLATFORMS / "bakery.yaml"


@pytest.fixture
def root(terraform: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Root]:
    """The one site of a platform whose state stays in its folder."""
    write(tmp_path / "out", rendered(BAKERY))
    (tmp_path / "sockets").mkdir()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/dev/null")
    with attached(SCHEMAS, tmp_path / "sockets") as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (found,) = roots(tmp_path / "out", tuple(clusters(sources(BAKERY), ATLAS)))
        yield found


@pytest.mark.timeout(120)
def test_what_was_planned_is_made_and_no_plan_is_left(root: Root) -> None:
    changes = program.plan(root)
    assert changes.add > 20
    assert (changes.change, changes.destroy, changes.is_empty) == (0, 0, False)
    assert (root.folder / program.PLAN).exists()
    program.apply(root)
    assert not (root.folder / program.PLAN).exists()
    again = program.plan(root)
    assert (again.add, again.destroy) == (0, 0)


@pytest.mark.timeout(60)
def test_a_refusal_names_the_root_and_the_slip(root: Root) -> None:
    file = root.folder / "main.tf"
    file.write_text(file.read_text() + 'resource "aws_vpc" "mine" { cidr = "10.0.0.0/16" }\n')
    with pytest.raises(TargetError, match=r"production/eu-central-1[\s\S]*cidr"):
        program.plan(root)

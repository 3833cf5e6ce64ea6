"""Terraform accepts what is rendered: formatted, valid by the provider's own schemas, planned."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from targets.cloud.rendering import MVLBIM, UNRELATED
from targets.cloud.terraform.running import MODULES, Run, written


@pytest.mark.parametrize(
    "path", [MVLBIM, *UNRELATED], ids=lambda path: path.parent.name + path.stem
)
def test_files_are_formatted(terraform: Run, tmp_path: Path, path: Path) -> None:
    told = terraform(written(path, tmp_path), "fmt", "-recursive", "-check", "-diff")
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize(
    ("path", "root"),
    [
        (MVLBIM, "live/staging/eu-west-1"),
        (MVLBIM, "live/dev/us-east-1"),
        (MVLBIM, "live/global"),
        (MVLBIM, "live/state"),
        (MVLBIM, "live/edge"),
        (MVLBIM, "live/azure"),
        *((path, None) for path in UNRELATED),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_roots_are_valid(terraform: Run, tmp_path: Path, path: Path, root: str | None) -> None:
    top = written(path, tmp_path)
    roots = [top / root] if root else sorted({file.parent for file in top.glob("live/*/*/*.tf")})
    for folder in roots[:2]:
        assert terraform(folder, "init", "-backend=false").returncode == 0
        told = terraform(folder, "validate", "-json")
        assert json.loads(told.stdout)["diagnostics"] == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("network/main.tf", "cidr_block           = var.cidr", "cidr_blok = var.cidr", "cidr_blok"),
        (
            "network/main.tf",
            "  cidr_block        = each.value.public",
            "  cidr_block = []",
            "string",
        ),
        ("eks/main.tf", "  role_arn = aws_iam_role.cluster.arn\n", "", "role_arn"),
        ("eks/main.tf", "  vpc_config {", "  vpc_configuration {", "vpc_configuration"),
        ("waf/main.tf", "sqli_match_statement", "sql_match_statement", "sql_match_statement"),
        (
            "redis/main.tf",
            '"aws_elasticache_subnet_group"',
            '"aws_redis_subnet_group"',
            "aws_redis",
        ),
        ("cloudflare-edge/balancers.tf", "origins = [{", "origin = [{", "origin"),
        (
            "cloudflare-edge/balancers.tf",
            "  expected_codes   =",
            "  expected_code =",
            "expected_code",
        ),
        ("azure-standby/database.tf", "  sku_name ", "  sku ", "sku"),
        ("azure-standby/cluster.tf", "  network_profile {", "  network {", "network"),
        ("kms/outputs.tf", "aws_kms_key.this.arn", "aws_kms_key.this.arm", "arm"),
        ("network/variables.tf", "type        = string", "type        = strng", "strng"),
    ],
)
def test_a_slip_in_a_module_is_seen(
    terraform: Run, tmp_path: Path, file: str, right: str, wrong: str, told: str
) -> None:
    copy = tmp_path / "modules"
    shutil.copytree(MODULES, copy)
    text = (copy / file).read_text()
    assert right in text
    (copy / file).write_text(text.replace(right, wrong))
    folder = copy / file.partition("/")[0]
    begun = terraform(folder, "init", "-backend=false")
    seen = begun.stderr if begun.returncode else terraform(folder, "validate", "-json").stdout
    assert told in seen
    assert begun.returncode or not json.loads(seen)["valid"]


def test_variables_and_outputs_are_told() -> None:
    for file in MODULES.rglob("*.tf"):
        blocks = re.findall(r'^(?:variable|output) "\w+" \{\n(?: .*\n)*', file.read_text(), re.M)
        assert all("  description" in block for block in blocks), file


def test_the_logic_of_access_lists_is_tested_by_terraform_itself(
    terraform: Run, tmp_path: Path
) -> None:
    shutil.copytree(MODULES / "network" / "rules", tmp_path / "rules")
    assert terraform(tmp_path / "rules", "init", "-backend=false").returncode == 0
    told = terraform(tmp_path / "rules", "test")
    assert "2 passed, 0 failed" in told.stdout


@pytest.mark.skipif(not shutil.which("checkov"), reason="checkov is not on this machine")
def test_checkov_finds_nothing_without_a_reason(tmp_path: Path) -> None:
    told = subprocess.run(
        ["checkov", "-d", str(MODULES), "--framework", "terraform", "--compact", "--quiet"],
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=19,
    )
    assert "Failed checks: 0" in told.stdout

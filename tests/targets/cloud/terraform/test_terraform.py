"""Terraform accepts what is rendered: formatted, valid by the provider's own schemas, planned."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from targets.cloud.rendering import MVLBIM, ROOT, UNRELATED, tree
from targets.cloud.terraform.schema_provider import attached

SCHEMAS = ROOT / "tests" / "data" / "terraform" / "aws.json.gz"
MODULES = ROOT / "src" / "groundplan" / "targets" / "cloud" / "terraform" / "modules"
pytestmark = pytest.mark.skipif(
    not shutil.which("terraform"), reason="terraform is not on this machine"
)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terraform(tmp_path: Path) -> Iterator[Run]:
    """Runs Terraform in a folder, attached to a provider that knows schemas alone."""
    with attached(SCHEMAS, tmp_path) as attach:
        told = {
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }

        def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["terraform", words[0], "-no-color", *words[1:]],
                cwd=folder,
                env={**os.environ, **attach, **told},
                capture_output=True,
                text=True,
                timeout=15,
            )

        yield run


def written(path: Path, folder: Path) -> Path:
    """The rendered Terraform of a platform in a folder; its state is there, too."""
    for name, text in tree(path).items():
        if name.startswith("terraform/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder / "terraform"


def here(root: Path) -> Path:
    """A root whose state is in its own folder, not in S3."""
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return root


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


def planned(terraform: Run, root: Path) -> dict[str, list[dict[str, Any]]]:
    """What would be made, by type."""
    assert terraform(here(root), "init").returncode == 0
    told = terraform(root, "plan", "-input=false", "-out=plan.bin")
    assert told.returncode == 0, told.stderr
    changes = json.loads(terraform(root, "show", "-json", "plan.bin").stdout)["resource_changes"]
    found: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        if change["mode"] == "managed":
            found.setdefault(change["type"], []).append(change["change"]["after"])
    return found


def test_production_is_planned_with_the_numbers_of_the_file(terraform: Run, tmp_path: Path) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "production" / "us-east-1"
    found = planned(terraform, root)
    assert sum(map(len, found.values())) > 150
    (server,) = found["aws_db_instance"]
    assert all(server[k] for k in ("multi_az", "storage_encrypted", "deletion_protection"))
    assert (server["engine_version"], server["instance_class"]) == ("15.20", "db.m6g.xlarge")
    assert (server["allocated_storage"], server["iops"], server["backup_retention_period"]) == (
        500,
        12000,
        30,
    )
    assert (server["backup_window"], server["maintenance_window"]) == (
        "03:00-04:00",
        "sun:04:00-sun:05:00",
    )
    (cache,) = found["aws_elasticache_replication_group"]
    assert (cache["num_cache_clusters"], cache["snapshot_retention_limit"]) == (3, 7)
    assert cache["snapshot_window"] == "05:00-07:00"
    rules = found["aws_network_acl_rule"]
    assert Counter(rule["egress"] for rule in rules) == {False: 5, True: 4}
    assert sorted({rule["rule_number"] for rule in rules}) == [100, 110, 120]
    ages = [
        (move["days"], move["storage_class"])
        for bucket in found["aws_s3_bucket_lifecycle_configuration"]
        for rule in bucket["rule"]
        for move in rule["transition"]
    ]
    assert Counter(ages) == {(30, "STANDARD_IA"): 4, (90, "GLACIER"): 2}
    assert len(found["aws_subnet"]) == 6
    assert {subnet["availability_zone"] for subnet in found["aws_subnet"]} == {
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    }


def test_the_partner_region_has_a_replica_and_an_alarm(terraform: Run, tmp_path: Path) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "production" / "ca-central-1"
    found = planned(terraform, root)
    (server,) = found["aws_db_instance"]
    assert server["replicate_source_db"].endswith(":db:mvlbim-production-us-east-1")
    lag = [a for a in found["aws_cloudwatch_metric_alarm"] if a["metric_name"] == "ReplicaLag"]
    assert [alarm["threshold"] for alarm in lag] == [300]
    assert "aws_backup_plan" not in found


def test_the_budgets_are_those_of_the_file(terraform: Run, tmp_path: Path) -> None:
    found = planned(terraform, written(MVLBIM, tmp_path) / "live" / "global")
    budgets = {
        budget["name"]: (
            budget["limit_amount"],
            sorted(each["threshold"] for each in budget["notification"]),
        )
        for budget in found["aws_budgets_budget"]
    }
    assert budgets == {
        "mvlbim: Monthly Infrastructure": ("10000", [80, 100, 120]),
        "mvlbim: Data Transfer": ("2000", [90, 100]),
    }
    assert {tag["tag_key"] for tag in found["aws_ce_cost_allocation_tag"]} == {
        "Environment",
        "Team",
        "Project",
        "Service",
    }


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


def test_the_firewall_of_a_region_is_valid(terraform: Run, tmp_path: Path) -> None:
    """mvlbim has it at the edge alone, so no root above calls this module."""
    shutil.copytree(MODULES / "waf", tmp_path / "waf")
    assert terraform(tmp_path / "waf", "init", "-backend=false").returncode == 0
    assert json.loads(terraform(tmp_path / "waf", "validate", "-json").stdout)["valid"]


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

"""What Terraform would make of the rendered roots has the numbers of the file."""

from collections import Counter
from pathlib import Path

from targets.cloud.rendering import MVLBIM, PLATFORMS
from targets.cloud.terraform.running import Run, planned, written


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
    assert Counter(ages) == {(30, "STANDARD_IA"): 6, (90, "GLACIER"): 3}
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


def test_the_bucket_of_the_states_holds_its_own_state_and_has_a_copy(
    terraform: Run, tmp_path: Path
) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "state"
    assert '"infrastructure/state/terraform.tfstate"' in (root / "settings.tf").read_text()
    found = planned(terraform, root)
    assert [bucket["bucket"] for bucket in found["aws_s3_bucket"]] == [
        "mvlbim-terraform-state-copy",
        "mvlbim-terraform-state",
    ]
    versions = [each["versioning_configuration"][0] for each in found["aws_s3_bucket_versioning"]]
    assert [each["status"] for each in versions] == ["Enabled", "Enabled"]
    rules = [each["rule"][0] for each in found["aws_s3_bucket_lifecycle_configuration"]]
    kept = {rule["noncurrent_version_expiration"][0]["noncurrent_days"] for rule in rules}
    assert 90 in kept
    assert not any(rule["expiration"] for rule in rules)
    assert len(found["aws_s3_bucket_replication_configuration"]) == 1
    assert len(found["aws_s3_bucket_policy"]) == 1


def test_recommendations_come_from_what_is_billed(terraform: Run, tmp_path: Path) -> None:
    found = planned(terraform, written(MVLBIM, tmp_path) / "live" / "global")
    assert found["aws_computeoptimizer_enrollment_status"][0]["status"] == "Active"
    assert len(found["aws_costoptimizationhub_enrollment_status"]) == 1


def test_the_lakes_tables_have_the_columns_and_the_folders_of_the_file(
    terraform: Run, tmp_path: Path
) -> None:
    root = written(PLATFORMS / "arcade.yaml", tmp_path) / "live" / "production" / "us-west-2"
    found = planned(terraform, root)
    (table,) = found["aws_glue_catalog_table"]
    (stored,) = table["storage_descriptor"]
    assert [(c["name"], c["type"]) for c in stored["columns"]] == [
        ("player", "bigint"),
        ("ended_at", "timestamp"),
        ("points", "decimal(10,2)"),
    ]
    assert [key["name"] for key in table["partition_keys"]] == ["year", "month", "day", "hour"]
    told = table["parameters"]
    assert told["storage.location.template"] == (
        "s3://arcade-played/rounds/year=${year}/month=${month}/day=${day}/hour=${hour}/"
    )
    assert (told["projection.enabled"], told["projection.hour.range"]) == ("true", "0,23")
    (serde,) = stored["ser_de_info"]
    assert serde["serialization_library"].endswith("ParquetHiveSerDe")
    # The other bucket has no table: a crawler looks for itself.
    (crawler,) = found["aws_glue_crawler"]
    assert crawler["s3_target"][0]["path"] == "s3://arcade-scores/"


def test_without_tables_every_bucket_of_rows_is_looked_through(
    terraform: Run, tmp_path: Path
) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "production" / "us-east-1"
    found = planned(terraform, root)
    assert "aws_glue_catalog_table" not in found
    names = sorted(each["name"].removeprefix("mvlbim-production-us-east-1-") for each in
                   found["aws_glue_crawler"])  # fmt: skip
    assert names == ["analytics", "processed-data", "raw-data"]  # and not the one of old logs
    (age,) = [a for a in found["aws_cloudwatch_metric_alarm"] if a["namespace"] == "AWS/Backup"]
    assert (age["alarm_name"], age["period"]) == ("mvlbim-production-us-east-1-backup_age", 86400)

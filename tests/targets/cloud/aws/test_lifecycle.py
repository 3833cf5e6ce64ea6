"""What Terraform would tell S3 of the ages of objects, as calls of S3 that moto takes."""

from pathlib import Path
from typing import Any

from targets.cloud.aws.moto_account import Moto
from targets.cloud.rendering import MVLBIM
from targets.cloud.terraform.conftest import terraform
from targets.cloud.terraform.running import Run, planned, written

__all__ = ["terraform"]

RESOURCE = "aws_s3_bucket_lifecycle_configuration"


def as_call(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of the provider's as S3's API has it."""
    said: dict[str, Any] = {"ID": rule["id"], "Status": rule["status"]}
    (where,) = rule["filter"] or [{}]
    said["Filter"] = {"Prefix": where.get("prefix") or ""}
    for step in rule["transition"] or ():
        said.setdefault("Transitions", []).append(
            {"Days": step["days"], "StorageClass": step["storage_class"]}
        )
    for step in rule["expiration"] or ():
        said["Expiration"] = {"Days": step["days"]}
    for step in rule["noncurrent_version_expiration"] or ():
        said["NoncurrentVersionExpiration"] = {"NoncurrentDays": step["noncurrent_days"]}
    for step in rule["abort_incomplete_multipart_upload"] or ():
        days = step["days_after_initiation"]
        said["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return said


def test_s3_takes_the_rules_of_every_bucket(terraform: Run, tmp_path: Path, moto: Moto) -> None:
    s3 = moto.client("s3")
    found = 0
    live = written(MVLBIM, tmp_path) / "live"
    for root in (live / "production" / "us-east-1", live / "state"):
        for number, each in enumerate(planned(terraform, root)[RESOURCE]):
            name = f"bucket-{root.name}-{number}"
            s3.create_bucket(Bucket=name)
            rules = [as_call(rule) for rule in each["rule"]]
            s3.put_bucket_lifecycle_configuration(
                Bucket=name, LifecycleConfiguration={"Rules": rules}
            )
            kept = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
            assert [rule["ID"] for rule in kept] == [rule["ID"] for rule in rules]
            for told, rule in zip(kept, rules, strict=True):
                assert {key: told[key] for key in rule} == rule
                days = [step["Days"] for step in told.get("Transitions", ())]
                last = told.get("Expiration", {}).get("Days", 10**6)
                assert [*days, last] == sorted([*days, last])
                found += 1
    assert found > 5

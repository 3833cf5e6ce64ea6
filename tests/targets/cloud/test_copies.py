"""Copies that leave the first cloud: who takes them, with which rights, and what is never lost."""

from pathlib import Path
from typing import Any

import pytest
from targets.cloud.rendering import MVLBIM, UNRELATED, objects, tree

FILE = "gitops/clusters/production-us-east-1/objects/azure-copies.yaml"


def job(name: str, path: Path = MVLBIM) -> dict[str, Any]:
    """The pod of a job."""
    for file, item in objects(path):
        if file == FILE and item["kind"] == "CronJob" and item["metadata"]["name"] == name:
            found: dict[str, Any] = item["spec"]
            return found
    raise AssertionError(name)


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = job(name)["jobTemplate"]["spec"]["template"]["spec"]
    return found


def test_only_the_users_environment_sends_copies_from_where_it_writes() -> None:
    assert [name for name, o in objects(MVLBIM) if o["kind"] == "CronJob"] == [FILE, FILE]
    for path in UNRELATED:
        assert not any(o["kind"] == "CronJob" for _, o in objects(path))


def test_a_copy_that_broke_off_is_not_taken_for_one() -> None:
    """It is written to a disk first: the other container does not begin when that failed."""
    found = pod("database-copy")
    (dump,), (copy,) = found["initContainers"], found["containers"]
    assert dump["image"].endswith("postgres:15.20")
    assert "pg_dump --format=custom" in dump["command"][-1]
    disk = next(v for v in found["volumes"] if v["name"] == "copy")
    claim = disk["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "500Gi"}}
    assert copy["args"][:3] == ["copy", "/copy", ":azureblob:database"]
    assert found["restartPolicy"] == "Never"


def test_files_are_not_written_over_and_not_taken_half_written() -> None:
    (copy,) = pod("files-copy")["containers"]
    assert copy["args"][1:3] == [":s3:mvlbim-production-us-east-1-copies", ":azureblob:files"]
    assert {"--ignore-existing", "--min-age=1h", "--immutable"} <= set(copy["args"])


@pytest.mark.parametrize("name", ["database-copy", "files-copy"])
def test_no_key_of_the_other_cloud_is_kept(name: str) -> None:
    found = pod(name)
    (copy,) = found["containers"]
    token = next(v for v in found["volumes"] if v["name"] == "token")["projected"]["sources"][0]
    assert token["serviceAccountToken"]["audience"] == "api://AzureADTokenExchange"
    variables = {each["name"]: each["value"] for each in copy["env"]}
    assert variables["AZURE_FEDERATED_TOKEN_FILE"] == "/var/run/secrets/azure/token"
    assert not any("KEY" in name or "SECRET" in name for name in variables)
    assert found["automountServiceAccountToken"] is False


def test_jobs_run_as_often_as_the_file_says() -> None:
    assert job("database-copy")["schedule"] == "7 2 * * *"  # daily
    assert job("files-copy")["schedule"] == "*/30 * * * *"
    assert all(job(n)["concurrencyPolicy"] == "Forbid" for n in ("database-copy", "files-copy"))


def test_the_account_of_the_jobs_is_the_one_that_azure_believes() -> None:
    account = pod("database-copy")["serviceAccountName"]
    root = tree(MVLBIM)["terraform/live/azure/main.tf"]
    assert f'subject = "system:serviceaccount:azure-copies:{account}"' in root
    home = tree(MVLBIM)["terraform/live/production/us-east-1/main.tf"]
    assert f'"{account}"' in home.partition("copies_for")[2].partition("\n")[0]
    other = tree(MVLBIM)["terraform/live/production/eu-west-1/main.tf"]
    assert "copies_for" not in other

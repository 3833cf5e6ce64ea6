"""What Terraform would make of the standby in a second cloud."""

from pathlib import Path

from targets.cloud.rendering import MVLBIM
from targets.cloud.terraform.running import Run, planned, written


def test_the_standby_holds_copies_that_nobody_can_take(terraform: Run, tmp_path: Path) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "azure"
    assert 'backend "azurerm"' in (root / "settings.tf").read_text()
    found = planned(terraform, root)
    (account,) = found["azurerm_storage_account"]
    assert (account["account_replication_type"], account["shared_access_key_enabled"]) == (
        "GZRS",
        False,
    )
    locks = found["azurerm_storage_container_immutability_policy"]
    assert [lock["immutability_period_in_days"] for lock in locks] == [30, 30]
    (server,) = found["azurerm_postgresql_flexible_server"]
    assert (server["version"], server["public_network_access_enabled"]) == ("15", False)
    (cluster,) = found["azurerm_kubernetes_cluster"]
    (pool,) = cluster["default_node_pool"]
    assert (pool["min_count"], pool["max_count"], pool["zones"]) == (2, 4, ["1", "2", "3"])
    trusts = found["azurerm_federated_identity_credential"]
    assert {(trust["name"], trust["subject"]) for trust in trusts} == {
        ("branch", "repo:mvlbim/platform:ref:refs/heads/main"),
        ("pull-request", "repo:mvlbim/platform:pull_request"),
    }
    roles = [role["role_definition_name"] for role in found["azurerm_role_assignment"]]
    assert sorted(role for role in roles if "Reader" in role) == [
        "Reader",
        "Storage Blob Data Reader",
        "Storage Blob Data Reader",
    ]


def test_the_other_clouds_cluster_is_believed_by_its_tokens(terraform: Run, tmp_path: Path) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "azure"
    (root / "z.auto.tfvars").write_text('issuer = "https://oidc.example"\n')
    trusts = planned(terraform, root)["azurerm_federated_identity_credential"]
    (trust,) = (each for each in trusts if each["name"] == "writer")
    assert (trust["issuer"], trust["audience"]) == (
        "https://oidc.example",
        ["api://AzureADTokenExchange"],
    )
    assert trust["subject"] == "system:serviceaccount:azure-copies:azure-copies"

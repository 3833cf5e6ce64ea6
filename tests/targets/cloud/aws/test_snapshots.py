"""Snapshots are made, copied, found again, and brought back as a server beside the others."""

import pytest
from targets.cloud.aws.moto_account import HOME, OTHER, Moto, servers

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws.snapshots import Snapshots, name_of

AT = 1_790_000_000.0


def snapshots(moto: Moto, *, is_dry: bool = False) -> Snapshots:
    account, _ = moto.account(is_dry=is_dry)
    return Snapshots(account=account)


def test_one_is_made_once_and_copied_once(moto: Moto) -> None:
    home, _ = servers(moto)
    name = name_of(home.name, AT)
    assert name == "mvlbim-production-us-east-1-20260921-1413"
    for _ in range(2):
        taken = snapshots(moto)
        made = taken.make(home.name, HOME, name)
        assert made is not None
        assert (made.server, made.is_usable, made.kind) == (home.name, True, "manual")
    assert taken.account.done == []
    assert [each.name for each in snapshots(moto).all(HOME) if each.kind == "manual"] == [name]


def test_a_copy_needs_an_original_and_names_where_it_comes_from(moto: Moto) -> None:
    home, _ = servers(moto)
    name = name_of(home.name, AT)
    with pytest.raises(TargetError, match=f"find the snapshot {name} failed"):
        snapshots(moto).copy(name, HOME, OTHER, None)
    rehearsal = snapshots(moto, is_dry=True)
    rehearsal.copy(name, HOME, OTHER, "alias/shop")
    (call,) = rehearsal.account.done
    assert (call.region, call.parameters["SourceRegion"]) == (OTHER, HOME)
    assert call.parameters["KmsKeyId"] == "alias/shop"


def test_a_restore_takes_size_and_network_and_replaces_nothing(moto: Moto) -> None:
    home, _ = servers(moto)
    rds = moto.client("rds")
    taken = snapshots(moto)
    made = taken.make(home.name, HOME, name_of(home.name, AT))
    assert made is not None
    for _ in range(2):
        address = snapshots(moto).restore(made, "shop-copy", like=home.name)
        assert address.startswith("shop-copy.")
    found = {
        each["DBInstanceIdentifier"]: each for each in rds.describe_db_instances()["DBInstances"]
    }
    assert set(found) == {home.name, "shop-copy"}
    for key in ("DBInstanceClass", "VpcSecurityGroups"):
        assert found["shop-copy"][key] == found[home.name][key]

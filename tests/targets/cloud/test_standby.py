"""The standby in a second cloud: as large as what it stands in for, with addresses of its own."""

import ipaddress
from pathlib import Path

from targets.cloud.rendering import ATLAS, MVLBIM, UNRELATED, sources, tree

from groundplan.targets.cloud.design.standby import Standby, standby
from groundplan.targets.cloud.render import clusters


def found(path: Path) -> Standby | None:
    return standby(tuple(clusters(sources(path), ATLAS)))


def test_it_is_where_copies_go_and_can_be_the_primary() -> None:
    azure = found(MVLBIM)
    assert azure is not None
    assert (azure.location, azure.machine) == ("canadacentral", "Standard_D4s_v5")
    assert azure.database is not None
    assert (azure.database.sku, azure.database.storage_mb) == ("GP_Standard_D4ds_v5", 512 * 1024)
    assert [(each.name, each.days, each.is_immutable) for each in azure.copies] == [
        ("database", 30, True),
        ("files", 30, True),
    ]


def test_no_site_has_its_addresses() -> None:
    azure = found(MVLBIM)
    assert azure is not None
    block = ipaddress.ip_network(azure.network)
    places = [each.site.network for each in clusters(sources(MVLBIM), ATLAS)]
    assert not any(block.overlaps(ipaddress.ip_network(place)) for place in places)


def test_names_are_what_azure_takes() -> None:
    azure = found(MVLBIM)
    assert azure is not None
    accounts = {azure.storage_account, azure.state_account}
    assert all(name.isalnum() and name.islower() and len(name) <= 24 for name in accounts)
    assert azure.registry.isalnum()


def test_without_azure_there_is_none(tmp_path: Path) -> None:
    assert [found(path) for path in UNRELATED] == [None] * len(UNRELATED)
    assert not any("azure" in name for path in UNRELATED for name in tree(path))
    file = tmp_path / "platform.yaml"
    file.write_text(MVLBIM.read_text().replace('"canadacentral"', '"eu-west-1"'))
    assert found(file) is None  # no region of Azure is named

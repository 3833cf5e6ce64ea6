"""A lease outlives a build that takes longer."""

import re
import time
from pathlib import Path

import pytest
from data_plane import EAST, WEST, data_plane

from groundplan.design.release import weighted
from groundplan.targets.local.delivery.leases import Leases
from groundplan.targets.local.folder import Folder

OLD = 1_000_000_000.0


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    """A tenth for the new version in the east, and a lease that ended long ago."""
    folder = Folder(tmp_path)
    folder.create()
    folder.record(weighted(data_plane(), "shop", {EAST: 10, WEST: 0}, until=OLD))
    return Leases(folder=tmp_path, service="shop", seconds=0.04)


def ends(folder: Path) -> list[int]:
    """The ends of leases in the gateways' routes."""
    found = (path.read_text() for path in folder.glob("parts/*/gateway/live/routes.yaml"))
    return [int(end) for text in found for end in re.findall(r"os\.time\(\) >= (\d+)", text)]


def test_it_is_renewed_where_the_new_version_has_users(leases: Leases) -> None:
    before = int(time.time())
    leases.renew()
    assert ends(leases.folder)
    assert min(ends(leases.folder)) >= before
    assert not (leases.folder / "parts" / WEST / "gateway").exists()


def test_it_is_kept_as_long_as_something_is_built(leases: Leases) -> None:
    with leases.kept():
        deadline = time.monotonic() + 30
        while not ends(leases.folder) and time.monotonic() < deadline:
            time.sleep(0.005)
    assert ends(leases.folder)


def test_nothing_applied_is_nothing_to_renew(tmp_path: Path) -> None:
    Leases(folder=tmp_path, service="shop", seconds=1).renew()
    assert not list(tmp_path.iterdir())

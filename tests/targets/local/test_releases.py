"""The port of releases on this machine, as far as it needs no process."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from data_plane import EAST, WEST, data_plane

from groundplan.design.design import Design
from groundplan.design.parts import Gateway, Service
from groundplan.design.release import release_of, share, started, without_canary
from groundplan.design.scale import numbers, scaled
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN
from groundplan.targets.local.delivery import releases as local
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.folder import Folder

REGIONS = (EAST, WEST)
UNTIL = 1_900_000_000.0


@pytest.fixture
def stable() -> Design:
    design = data_plane("127.62", canary_percent=0)
    parts = tuple(
        part for part in design.parts if not (isinstance(part, Service) and part.subset == "canary")
    )
    return without_canary(replace(design, parts=parts), "shop")


@pytest.fixture
def releases(tmp_path: Path, stable: Design, monkeypatch: pytest.MonkeyPatch) -> LocalReleases:
    """Version 3 beside what runs; nothing really does, so no gateway is waited for."""
    monkeypatch.setattr(local, "TAKEN_SECONDS", 0.05)
    wanted = tuple(
        replace(part, version="3") if isinstance(part, Service) else part for part in stable.parts
    )
    release = release_of(replace(stable, parts=wanted), "shop")
    folder = Folder(tmp_path)
    folder.create()
    folder.record(started(stable, release, REGIONS))
    return LocalReleases(folder=tmp_path, source=tmp_path, release=release, slow=(None,))


def shares(folder: Path) -> dict[str, int]:
    """What is written down of the weights."""
    applied = Folder(folder).applied()
    assert applied is not None
    return {part.site: share(part, "shop") for part in applied.parts if isinstance(part, Gateway)}


def routes(folder: Path, region: str) -> str:
    return (folder / "parts" / region / "gateway" / "live" / "routes.yaml").read_text()


def test_weights_are_written_where_the_gateways_watch(releases: LocalReleases) -> None:
    releases.serve({EAST: 25, WEST: 0}, until=UNTIL)
    assert shares(releases.folder) == {EAST: 25, WEST: 0}
    assert str(int(UNTIL)) in routes(releases.folder, EAST)
    (table,) = yaml.safe_load(routes(releases.folder, WEST))["resources"]
    assert "typed_per_filter_config" not in str(table)


def test_a_lease_is_renewed_in_the_gateways_alone(releases: LocalReleases) -> None:
    releases.serve({EAST: 25}, until=UNTIL)
    before = (releases.folder / "applied.json").read_bytes()
    releases.serve({EAST: 25}, until=UNTIL + 30)
    assert str(int(UNTIL + 30)) in routes(releases.folder, EAST)
    assert (releases.folder / "applied.json").read_bytes() == before


def test_with_nothing_beside_stable_there_is_nothing_to_share(
    releases: LocalReleases, stable: Design
) -> None:
    Folder(releases.folder).record(stable)
    releases.serve({EAST: 25}, until=UNTIL)
    assert shares(releases.folder) == {EAST: 0, WEST: 0}


def test_gateways_that_do_not_answer_are_not_seen(releases: LocalReleases) -> None:
    sight = releases.see()
    assert sight.looks == {EAST: None, WEST: None}
    assert sight.serving == {EAST: None, WEST: None}
    assert sight.ready == {EAST: 0, WEST: 0}
    assert sight.old_running


def test_a_smoke_test_that_fails_says_why(releases: LocalReleases) -> None:
    releases.smoke_test = ("sh", "-c", "echo {address}:{port} is closed >&2; exit 3")
    why = releases.work("run the smoke tests", (EAST,))
    assert "`sh` ended with 3: 127.62.10.101:8080 is closed" in why
    releases.smoke_test = ("true",)
    assert releases.work("run the smoke tests", REGIONS) == ""


def test_where_nothing_runs_nothing_is_released(releases: LocalReleases, tmp_path: Path) -> None:
    (tmp_path / "applied.json").unlink()
    with pytest.raises(TargetError, match="nothing runs here"):
        releases.see()


def test_leases_are_renewed_as_long_as_a_guest_is_in(releases: LocalReleases) -> None:
    """A work begins when the guest has left: a copy of a database takes longer than a lease."""
    came, leaves = threading.Event(), threading.Event()

    @contextmanager
    def alone() -> Iterator[None]:
        came.set()
        assert leaves.wait(60)
        yield

    releases.alone, releases.leases.seconds, releases.smoke_test = alone, 1.0, ("true",)
    releases.serve({EAST: 25}, until=time.time() + 1)
    with ThreadPoolExecutor(max_workers=1) as pool:
        work = pool.submit(releases.work, "run the smoke tests", (EAST,))
        assert came.wait(60)
        granted = {lease(releases.folder)}
        deadline = time.monotonic() + 60
        while len(granted) < 4 and time.monotonic() < deadline:
            granted.add(lease(releases.folder))
            time.sleep(0.05)
        assert not work.done()
        leaves.set()
        assert work.result(60) == ""
    assert len(granted) == 4, "it ended while the guest was in"


def lease(folder: Path) -> int:
    """The end of the east's lease, as its gateway reads it."""
    return int(re.findall(r"os\.time\(\) >= (\d+)", routes(folder, EAST))[0])


def test_replicas_that_a_guest_made_are_of_both_versions(
    releases: LocalReleases, stable: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They came after the release was asked for, and are not the old version's for ever."""
    folder = Folder(releases.folder)
    folder.record(scaled(started(stable, releases.release, REGIONS), {f"{EAST}/shop": 4}))
    monkeypatch.setattr(LocalReleases, "build", lambda _, design: folder.record(design))
    assert len(releases.canaries(releases.design())) == 5
    assert releases.work("make the new version the stable one", REGIONS) == ""
    end = releases.design()
    assert numbers(end) == {f"{EAST}/shop": 4, f"{WEST}/shop": 1}
    assert {part.version for part in end.parts if isinstance(part, Service)} == {"3"}
    assert not releases.see().old_running


def test_who_renews_a_lease_leaves_replicas_to_who_builds(releases: LocalReleases) -> None:
    """A guest that takes a replica away has told the gateway so; it is not told otherwise."""
    releases.serve({EAST: 25}, until=UNTIL)
    live = releases.folder / "parts" / EAST / "gateway" / "live"
    endpoints = [path for path in live.rglob("*.yaml") if "shop" in path.read_text()]
    endpoints = [path for path in endpoints if "ClusterLoadAssignment" in path.read_text()]
    assert endpoints
    for path in endpoints:
        path.write_text("a guest's")
    releases.serve({EAST: 25}, until=UNTIL + 30)
    assert {path.read_text() for path in endpoints} == {"a guest's"}
    releases.serve({EAST: 50}, until=UNTIL + 30)
    assert "a guest's" not in {path.read_text() for path in endpoints}


def test_what_a_start_that_failed_had_wanted_is_wanted_no_more(
    releases: LocalReleases, stable: Design
) -> None:
    """Nothing of it was written down as built, so there is nothing to build back."""
    folder = Folder(releases.folder)
    folder.record(stable)
    folder.want(started(stable, releases.release, REGIONS), releases.source)
    assert releases.work("remove the new version", REGIONS) == ""
    assert Design.from_json((releases.folder / DESIGN).read_bytes()) == stable

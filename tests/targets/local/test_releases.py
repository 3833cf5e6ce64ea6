"""The port of releases on this machine, as far as it needs no process."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from data_plane import EAST, WEST, data_plane

from groundplan.design.design import Design
from groundplan.design.parts import Gateway, Service
from groundplan.design.release import release_of, share, started, without_canary
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN
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
def releases(tmp_path: Path, stable: Design) -> LocalReleases:
    """Version 3 beside what runs; nothing really does."""
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


def test_what_a_start_that_failed_had_wanted_is_wanted_no_more(
    releases: LocalReleases, stable: Design
) -> None:
    """Nothing of it was written down as built, so there is nothing to build back."""
    folder = Folder(releases.folder)
    folder.record(stable)
    folder.want(started(stable, releases.release, REGIONS), releases.source)
    assert releases.work("remove the new version", REGIONS) == ""
    assert Design.from_json((releases.folder / DESIGN).read_bytes()) == stable

"""When somebody else takes over, as the file says it."""

from pathlib import Path

from groundplan.design.build import build
from groundplan.design.parts import Postgres, Role
from groundplan.design.recovery import Recovery
from groundplan.spec.load import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "mvlbim" / "platform.yaml"


def recovery_of(tmp_path: Path, text: str) -> Recovery:
    file = tmp_path / "platform.yaml"
    file.write_text(text)
    return build(load(file)).recovery


def test_the_example_leaves_a_lost_region_by_itself_after_its_60_seconds() -> None:
    found = build(load(EXAMPLE)).recovery
    assert found == Recovery(
        is_automatic=True,
        after_seconds=60,
        is_synchronous=True,
        alone_after_seconds=10,
        regions=("us-east-1", "ca-central-1", "eu-west-1"),
        replicas_max=20,
    )
    assert found.partners_of("us-east-1") == ("ca-central-1", "eu-west-1")


PLAIN = """
platform: shop
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
primary_database:
  engine: postgres
  version: "15"
"""


def test_without_a_scenario_a_lost_region_waits_for_somebody(tmp_path: Path) -> None:
    found = recovery_of(tmp_path, PLAIN)
    assert not found.is_automatic
    assert not found.is_synchronous
    assert (found.after_seconds, found.alone_after_seconds) == (60, 10)


def test_standbys_are_as_many_as_the_file_says_and_wait_when_it_says_so(tmp_path: Path) -> None:
    text = PLAIN + "  standbys: {count: 2, when_none: wait}\n"
    found = recovery_of(tmp_path, text)
    assert found.is_synchronous
    assert found.alone_after_seconds is None
    design = build(load(tmp_path / "platform.yaml"))
    servers = [part for part in design.parts if isinstance(part, Postgres)]
    assert [server.role for server in servers] == [Role.PRIMARY, Role.STANDBY, Role.STANDBY]
    assert servers[0].synchronous == ("us_east_1_postgres_2", "us_east_1_postgres_3")


def test_standbys_are_missed_for_as_long_as_the_file_says(tmp_path: Path) -> None:
    found = recovery_of(tmp_path, PLAIN + "  standbys: {after: 3 s}\n")
    assert found.alone_after_seconds == 3

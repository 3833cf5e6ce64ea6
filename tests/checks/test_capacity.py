"""The rules of capacity: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.checks.capacity import demand, machines
from groundplan.errors import Severity


def message(rule_id: str) -> str:
    (finding,) = harness.findings_on_document(rule_id)
    return finding.message


def test_cpu_of_the_document_is_told_in_milliseconds_for_each_request() -> None:
    (finding,) = harness.findings_on_document("CAP001")
    assert (
        "20 replicas of mvlbim-api with 0.25 cores at 70% have 3.5: 2.1 ms each" in finding.message
    )
    assert finding.assumes
    assert finding.severity is Severity.HIGH  # what rests on an assumption is never critical
    assert "max_replicas: 29" in finding.try_


def test_autoscalers_of_the_document_fight_whatever_its_load_is() -> None:
    (finding,) = harness.findings_on_document("CAP003")
    assert finding.severity is Severity.CRITICAL
    assert not finding.assumes


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("CAP002", "3 replicas have 1.5 at their limits"),
        ("CAP005", "c5.large has 1.93 cores"),
        ("CAP007", "notice of 120 s: it ends 5 s after the machine"),
        ("CAP011", "60% of 3 machines are 1.8"),
        ("CAP014", "410 MiB, its limit is 1024 MiB, and the canary's gate is 435 or 870 MiB"),
        ("CAP016", "3,000 IOPS of 500GB gp3 are fewer than the 12,000"),
        ("CAP018", "55.6 bytes for each request"),
        ("CAP019", "one every 2 s"),
        ("CAP020", "light takes 157 ms, usual paths 204 ms"),
        ("CAP021", "1 x t3.medium"),
        ("CAP024", "40% to 72% of their memory"),
    ],
)
def test_numbers_of_the_document(rule_id: str, words: str) -> None:
    assert words in message(rule_id)


def test_a_machine_that_no_table_knows_is_no_finding_and_no_crash() -> None:
    text = (harness.GOLDEN / "CAP005" / "failing.yaml").read_text("utf-8")
    odd = text.replace("c5.large", "z9.huge")
    for rule_id in (rule.id for rule in harness.family("CAP")):
        assert not harness.findings_of(odd, rule_id)


def test_a_database_without_a_known_region_has_no_distance() -> None:
    text = (harness.GOLDEN / "CAP020" / "failing.yaml").read_text("utf-8")
    assert not harness.findings_of(text.replace("ap-southeast-2", "the-moon-1"), "CAP020")


def test_a_declared_share_of_the_load_replaces_the_even_one() -> None:
    text = (harness.GOLDEN / "CAP001" / "failing.yaml").read_text("utf-8")
    spread = text.replace("eu-west-1}", "eu-west-1}\n  there: {primary: us-east-1}")
    (even,) = harness.findings_of(spread.replace("max_replicas: 10", "max_replicas: 8"), "CAP001")
    assert "assuming an even load on 2 regions" in even.assumes
    declared = spread.replace("3ms", "3ms, busiest_region: 90%")
    (most,) = harness.findings_of(declared, "CAP001")
    assert "900 of the 1,000 requests/s" in most.message
    assert not most.assumes


TWO_SERVICES = """\
platform: shop
regions:
  here: {primary: eu-west-1}
services:
  worker: {port: 8081, replicas: 2}
  web: {port: 8080}
autoscaling:
  horizontal_pod_autoscaler: {min_replicas: 3, max_replicas: 9}
"""
ROUTE = """\
mesh:
  routes:
    - {name: web, http: [{route: [{destination: {host: web}}]}]}
"""


@pytest.mark.parametrize(("text", "facing"), [("", "worker"), (ROUTE, "web")])
def test_autoscaler_is_for_the_service_that_requests_are_routed_to(text: str, facing: str) -> None:
    platform = harness.subject_of(TWO_SERVICES + text).platform
    scaled = [fleet for fleet in demand.fleets(platform) if fleet.is_scaled]
    assert [(fleet.service, fleet.low, fleet.high) for fleet in scaled] == [(facing, 3, 9)]


def test_on_demand_base_is_never_spot() -> None:
    subject = harness.subject_of(
        TWO_SERVICES + "spot_instances: {percentage: 60, on_demand_base: 2}\n"
    )
    parts = machines.split(subject.platform, 7)
    assert (parts.spot, parts.on_demand) == (3, 4)


def test_an_overlay_that_empties_the_mesh_leaves_no_control_plane() -> None:
    subject = harness.subject_of(TWO_SERVICES + ROUTE)
    assert machines.system(subject).cores == 0.5
    assert machines.system(subject, {"mesh": None}).cores == 0


def test_a_target_of_nothing_divides_nothing() -> None:
    text = (harness.GOLDEN / "CAP001" / "failing.yaml").read_text("utf-8")
    odd = text.replace("target_cpu_utilization: 70", "target_cpu_utilization: 0")
    (finding,) = harness.findings_of(odd, "CAP001")
    assert "max_replicas: 12" in finding.try_

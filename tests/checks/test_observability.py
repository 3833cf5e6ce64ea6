"""The rules of observability: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.checks.observability import flows
from groundplan.errors import Severity


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("OBS001", "3 x 100GB hold 1.2 days"),
        ("OBS002", "2,160 GB, and 3 x 100GB are 300 GB"),
        ("OBS003", "audit_logs are to be kept for 7 years"),
        ("OBS005", "2555 days are 7 x 365, but 7 years have up to 2557 days"),
        ("OBS006", "mvlbim-api is sampled at 0.1% of 5,000 requests/s"),
        ("OBS007", "500 traces/s, and mvlbim-api may make 100"),
        ("OBS008", "the store has 3, which is managed"),
        ("OBS010", "3 to 20 replicas"),
        ("OBS012", "4 of 4 promises have no alert"),
        ("OBS016", "Elasticsearch 7.10 at most"),
    ],
)
def test_numbers_of_the_document(rule_id: str, words: str) -> None:
    assert words in harness.findings_on_document(rule_id)[0].message


def test_a_store_that_is_told_too_small_is_critical_once_the_figures_are_declared() -> None:
    (assumed,) = harness.findings_on_document("OBS001")
    assert assumed.severity is Severity.HIGH
    assert "assuming 500 bytes per log line" in assumed.assumes
    text = (harness.GOLDEN / "OBS001" / "failing.yaml").read_text("utf-8")
    (declared,) = harness.findings_of(text, "OBS001")
    assert declared.severity is Severity.CRITICAL


def test_storage_that_is_asked_for_is_enough() -> None:
    text = (harness.GOLDEN / "OBS001" / "failing.yaml").read_text("utf-8")
    (finding,) = harness.findings_of(text, "OBS001")
    wanted = finding.try_.split('"')[1]
    assert not harness.findings_of(text.replace("100GB", wanted), "OBS001")


def test_promises_of_the_document_that_nothing_measures() -> None:
    found = harness.findings_on_document("OBS011")
    assert [finding.path for finding in found] == [
        "kpis.availability.target",
        "kpis.performance.database_query_time",
        "kpis.performance.page_load_time",
    ]


def test_each_class_without_a_pipeline_is_a_finding_of_its_own() -> None:
    found = harness.findings_on_document("OBS003")
    assert [finding.path for finding in found] == ["retention.audit_logs", "retention.debug_logs"]


def test_logs_follow_the_mean_of_the_day_and_not_its_peak() -> None:
    text = (harness.GOLDEN / "OBS001" / "failing.yaml").read_text("utf-8")
    flow = flows.logs(harness.subject_of(text))
    assert flow is not None
    assert flow.stream.per_second == pytest.approx(500 * (1 + 0.2) / 2)
    assert not flow.assumes


def test_an_archive_shortens_what_the_store_holds() -> None:
    text = (harness.GOLDEN / "OBS001" / "passing-archive.yaml").read_text("utf-8")
    subject = harness.subject_of(text)
    kept = flows.classes(subject)["application_logs"]
    assert flows.hot_days(subject, kept) == 7

"""The rules of recovery: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.design.disasters import disasters


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("REC001", "the only backup that leaves us-east-1 (database) runs daily: up to 24 h"),
        ("REC002", "leaves 0 s to run and upload"),
        ("REC003", "to ca-central-1, which holds 0 copies of the database; they are in us-west-2"),
        ("REC004", "0 of the 5 parts"),
        ("REC005", "2 vCPU and 16 GiB, and is to replace db.r6g.xlarge with 4 vCPU and 32 GiB"),
        ("REC008", "99.9% leaves 43.2 min in 30 days, 5.56 times as much"),
        ("REC009", "= 99.880%, even with every part in several zones: 51.8 min down in 30 days"),
        ("REC010", "contracts give 99.5% (99.43% with the other parts)"),
        ("REC011", "7 stores do not say how"),
        ("REC015", "500GB at 125 MiB/s take 63.6 min"),
        ("REC022", "2 of 6 regions: Sydney 14:00-15:00, Tokyo 12:00-13:00"),
    ],
)
def test_numbers_of_the_document(rule_id: str, words: str) -> None:
    (finding,) = harness.findings_on_document(rule_id)
    assert words in finding.message


def test_windows_that_touch_do_not_overlap() -> None:
    keys = {finding.path for finding in harness.findings_on_document("REC021")}
    assert keys == {"cache_layer.backup.snapshot_window"}  # not the database's own two


def test_what_rests_on_a_declared_figure_assumes_nothing() -> None:
    text = harness.DOCUMENT.read_text("utf-8")
    (finding,) = harness.findings_of(text, "REC015")
    assert finding.assumes == ("assuming restores at 125 MiB/s",)
    declared = f"{text}\nassumptions:\n  restore_throughput: 100MB/s\n"
    (finding,) = harness.findings_of(declared, "REC015")
    assert "95 MiB/s take 83.3 min" in finding.message
    assert not finding.assumes


def test_a_restore_at_no_speed_never_ends() -> None:
    text = harness.snippets("REC015", "failing-too-large")[0].read_text("utf-8")
    (finding,) = harness.findings_of(text.replace("200MB/s", "0MB/s"), "REC015")
    assert "inf" in finding.message


@pytest.mark.parametrize(
    ("name", "trigger", "kind"),
    [
        ("Regional Outage", "Primary region unavailable", "region"),
        ("Ransomware", "Files are encrypted", "corruption"),
        ("Break-in", "A security alarm", "breach"),
        ("CDN outage", "Probes past it succeed", "edge"),
        ("Fastly is down", "Probes past it succeed", "edge"),
        ("Provider outage", "All regions fail", "provider"),
        ("AWS is down", "Its status page says so", "provider"),
        ("Flood", "Water in the cellar", "other"),
    ],
)
def test_words_of_a_scenario_say_its_kind(name: str, trigger: str, kind: str) -> None:
    subject = harness.subject_of(
        "platform: shop\n"
        "providers: {primary: AWS, edge: Fastly}\n"
        "regions: {emea: {primary: eu-west-1}}\n"
        "disaster_recovery:\n"
        "  rto: 1 hour\n"
        "  rpo: 1 hour\n"
        "  scenarios:\n"
        f"    - {{name: {name}, trigger: {trigger}, action: Wait, automation: manual}}\n"
    )
    (disaster,) = disasters(subject.platform)
    assert disaster.kind == kind


def test_a_declared_kind_wins_over_words() -> None:
    text = harness.snippets("REC006", "failing")[0].read_text("utf-8")
    assert not harness.findings_of(
        text.replace("automation: manual", "automation: manual\n      kind: other"), "REC006"
    )

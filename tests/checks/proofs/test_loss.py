"""What each disaster takes away, on a file that keeps its promise and on edits of it."""

import pytest
from checks.harness import ROOT, subject_of

from groundplan.checks.proofs.proof import Proof
from groundplan.checks.proofs.prove import prove
from groundplan.promise.promise import Verdict

TEXT = (ROOT / "examples" / "mvlbim" / "platform.yaml").read_text(encoding="utf-8")
LOG_LOCKED = "    log_immutable: true\n"
SHIPPED = '    log_shipping: "5 minutes"\n'
FILES_LOCKED = '    immutable: true\n    account: "mvlbim-vault"\n\n'
FILES_AWAY = '    cross_region: true\n    regions: ["ca-central-1", "canadacentral"]\n'


def recovery_point(*edits: tuple[str, str]) -> Proof:
    text = TEXT
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return next(p for p in prove(subject_of(text)) if p.promise.id == "disaster_recovery.rpo")


def test_a_locked_log_bounds_what_a_breach_costs() -> None:
    proof = recovery_point()
    assert (proof.verdict, proof.value) == (Verdict.KEPT, 1800.0)
    assert proof.derivation.result.endswith(
        "files, copied every 30m: up to 30 min and the time of the copy"
    )


def test_without_it_a_breach_costs_a_day() -> None:
    proof = recovery_point((LOG_LOCKED, ""))
    assert (proof.verdict, proof.value) == (Verdict.BROKEN, 86_400.0)
    assert proof.derivation.result.startswith('"Security Breach": database, copied daily')


def test_a_log_that_is_not_shipped_locks_nothing() -> None:
    proof = recovery_point((SHIPPED, ""))
    assert proof.verdict is Verdict.BROKEN
    assert '"Security Breach"' in proof.derivation.result


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (FILES_LOCKED, "\n", '"Security Breach": files, 0 copies are out of reach'),
        (FILES_AWAY, "", '"Regional Outage": files, whose copies stay in the region'),
        (
            '["ca-central-1", "canadacentral"]',
            '["ca-central-1"]',
            '"AWS Outage": database, no copy outside of the provider is declared',
        ),
    ],
)
def test_a_store_out_of_reach_of_nobody_leaves_the_promise_unknown(
    before: str, after: str, words: str
) -> None:
    proof = recovery_point((before, after))
    assert proof.verdict is Verdict.UNKNOWN
    assert words in proof.derivation.result


def test_a_file_that_says_nothing_of_copies_loses_all_with_its_provider() -> None:
    start = TEXT.index("backup:\n  database:\n")
    end = TEXT.index(
        "# Security & Compliance, 2. Backup & Disaster Recovery: Disaster Recovery Plan"
    )
    proof = recovery_point((TEXT[start:end], ""))
    assert proof.verdict is Verdict.UNKNOWN
    assert "no copy outside of the provider is declared" in proof.derivation.result

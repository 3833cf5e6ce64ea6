"""Every promise has a proof, each of its lines an origin, and the arithmetic is the document's."""

from functools import cache
from pathlib import Path

import pytest
from checks.harness import DOCUMENT, ROOT, subject_at

from groundplan.checks.proofs.proof import Proof
from groundplan.checks.proofs.prove import prove
from groundplan.design.promises import promises
from groundplan.promise.promise import EvidenceKind, Verdict

FILES = sorted((ROOT / "tests" / "golden" / "platforms").glob("*.yaml")) + sorted(
    (ROOT / "examples").glob("*/*.yaml")
)


@cache
def proofs(path: Path) -> dict[str, Proof]:
    return {proof.promise.id: proof for proof in prove(subject_at(path))}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_promise_has_a_proof_and_every_proof_a_reason(path: Path) -> None:
    subject = subject_at(path)
    assert list(proofs(path)) == [promise.id for promise in promises(subject.source)]
    for name, proof in proofs(path).items():
        assert proof.derivation.result, name
        assert all(str(line.origin) for line in proof.derivation.lines), name
        if proof.verdict is not Verdict.UNKNOWN and proof.value is None:
            pytest.fail(f"{name} is {proof.verdict} without a number")


def test_a_proof_is_evidence_of_its_own_kind() -> None:
    evidence = proofs(DOCUMENT)["disaster_recovery.rpo"].evidence(1.0)
    assert (evidence.kind, evidence.verdict) == (EvidenceKind.PROVEN, Verdict.BROKEN)


def test_an_hour_is_promised_and_a_day_is_lost() -> None:
    proof = proofs(DOCUMENT)["disaster_recovery.rpo"]
    assert proof.verdict is Verdict.BROKEN
    assert proof.value is not None
    assert proof.value >= 86_400


def test_one_outage_of_the_recovery_time_takes_more_than_five_budgets() -> None:
    proof = proofs(DOCUMENT)["kpis.availability.target"]
    assert proof.verdict is Verdict.BROKEN
    assert "5.56" in proof.derivation.result


def test_the_document_costs_more_than_its_budget() -> None:
    proof = proofs(DOCUMENT)["cost_monitoring.budgets[0].limit"]
    assert proof.verdict is Verdict.BROKEN
    assert proof.value is not None
    assert proof.value > 10_000


def test_the_file_that_runs_breaks_no_promise_on_paper() -> None:
    found = proofs(ROOT / "examples" / "mvlbim" / "platform.yaml")
    broken = {name: p.derivation.result for name, p in found.items() if p.verdict == "broken"}
    assert broken == {}

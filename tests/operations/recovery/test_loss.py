"""What a failover lost, in the ledger."""

from dataclasses import replace

from agent.samples import LAG

from groundplan.design.promises import FAILOVER_LOSS
from groundplan.operations.recovery.loss import evidence
from groundplan.ports.journal import Outcome, State
from groundplan.promise.promise import Verdict

PROMISE = replace(LAG, id=FAILOVER_LOSS)


def failed_over(seconds: float | None) -> Outcome:
    return Outcome(state=State.DONE, summary="a test", facts={"lost_seconds": seconds})


def test_a_loss_is_held_against_what_may_be_lost() -> None:
    (kept,) = evidence((LAG, PROMISE), failed_over(0.4), at=7.0)
    assert (kept.promise, kept.verdict, kept.value) == (FAILOVER_LOSS, Verdict.KEPT, 0.4)
    (broken,) = evidence((PROMISE,), failed_over(4000.0), at=7.0)
    assert broken.verdict is Verdict.BROKEN


def test_a_loss_that_nobody_knows_is_unknown_and_nobody_promoted_is_nothing() -> None:
    (unknown,) = evidence((PROMISE,), failed_over(None), at=7.0)
    assert (unknown.verdict, unknown.value) == (Verdict.UNKNOWN, None)
    nobody = Outcome(state=State.FAILED, summary="nobody can take over")
    assert evidence((PROMISE,), nobody, at=7.0) == ()

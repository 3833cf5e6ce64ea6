"""What the file proves of its promises, put beside what was measured of them."""

import time
from collections.abc import Sequence
from dataclasses import replace

from groundplan.checks.proofs.proof import Proof
from groundplan.checks.proofs.prove import prove
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.subject import subject_of
from groundplan.errors import SpecError
from groundplan.promise.promise import Verdict
from groundplan.promise.standing import Standing, as_of
from groundplan.spec.load import Source


def proven(
    session: Session, source: Source | None, standings: Sequence[Standing]
) -> tuple[Standing, ...]:
    """The rows with what is proven of the file as it is now.

    Without a file, or with tables beside it that cannot be read, what was measured still counts.
    """
    if source is None:
        return tuple(standings)
    try:
        proofs = {proof.promise.id: proof for proof in prove(subject_of(source))}
    except SpecError as error:
        session.screen.note(f"note: nothing was proven, a table is wrong:\n{error}\n")
        return tuple(standings)
    now = time.time()
    return tuple(_beside(row, proofs.get(row.promise.id), now) for row in standings)


def _beside(row: Standing, proof: Proof | None, now: float) -> Standing:
    """The row with its proof. One of another limit than the one that was built proves nothing."""
    if proof is None:
        return row
    evidence, written = proof.evidence(now), proof.promise
    if (written.limit, written.bound) != (row.promise.limit, row.promise.bound):
        because = f"the file promises {written.target} since then: run groundplan up"
        evidence = replace(evidence, verdict=Verdict.UNKNOWN, because=because)
    return replace(row, proven=as_of(evidence, row.promise, now=now))

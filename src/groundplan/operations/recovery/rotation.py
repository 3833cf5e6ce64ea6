"""New credentials for every store, without an outage of one's own making."""

from functools import partial

from groundplan.ports.credentials import Credentials
from groundplan.ports.journal import Journal, Outcome, State

TRIES = 3
PAUSE_SECONDS = 2.0


def rotate(journal: Journal, credentials: Credentials) -> Outcome:
    """Old and new are both let in until every part has the new ones; then the old ones are tried.

    A rotation that was given up before is finished by this one.
    """
    began = journal.now()
    journal.step("make new credentials", credentials.prepare)
    journal.step("let the new ones in, too", credentials.admit)
    parts = journal.step("let the new ones count", lambda: list(credentials.switch()))
    journal.tell(f"new credentials count; {len(parts)} parts are restarted, one by one")
    for part in parts:
        journal.step(f"restart {part}", partial(credentials.restart, part))
    journal.step("refuse the old ones", credentials.retire)
    doubts = _tried(journal, credentials)
    if doubts:
        return Outcome(
            state=State.FAILED,
            summary="the new credentials count, and nobody can say that the old ones are refused "
            f"everywhere: {'; '.join(doubts)}",
            facts={"doubts": list(doubts)},
        )
    journal.step("delete the old ones", credentials.forget)
    seconds = journal.now() - began
    return Outcome(
        state=State.DONE,
        summary=f"every store has new credentials and refuses the old ones ({seconds:.1f} s)",
        facts={"restarted": list(parts), "seconds": seconds},
    )


def _tried(journal: Journal, credentials: Credentials) -> list[str]:
    """The old ones, tried everywhere; a server that is just coming back is asked again."""
    doubts: list[str] = []
    for number in range(TRIES):
        doubts = journal.step(
            f"try the old ones ({number + 1})", lambda: list(credentials.still_admitted())
        )
        if not doubts:
            break
        journal.sleep(PAUSE_SECONDS)
    return doubts

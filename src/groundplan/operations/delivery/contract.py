"""What only the old version needed goes from the schema: in its time, and never while one runs.

The wait may take days, so nobody has to keep the platform for it. When its time has come another
operation takes the platform for as long as it needs, looks what runs, and contracts or refuses.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from groundplan.errors import TargetError
from groundplan.ports.journal import ABORT, Journal, Json, Outcome, State
from groundplan.ports.operations import Operations
from groundplan.ports.releases import Contraction

LATER, NOW = "contract", "contract-now"  # the kinds
AGAIN_SECONDS = 60.0  # while somebody else has the platform
POLL_SECONDS = 2.0
TRIES_SECONDS = 120.0  # how long a schema that refuses is tried again
BETWEEN_SECONDS = 5.0
GIVES_UP_SECONDS = 7 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Which schema, and when; `release` is the one whose contraction it is."""

    service: str
    version: str
    release: str
    due: float


def at(due: float) -> str:
    """When, for a sentence."""
    return datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def later(journal: Journal, operations: Operations, wanted: Contract) -> Outcome:
    """Waits for its time, then for the platform, and has it done."""
    named = f"{wanted.service} {wanted.version}"
    journal.tell(f"contracts the schema of {named} after {at(wanted.due)}")
    said = _wait(journal, wanted.due)
    told, number = "", 0
    while not said and journal.now() < wanted.due + GIVES_UP_SECONDS:
        begun, why = _begin(journal, operations, wanted, number)
        if begun:
            return _outcome(journal, operations, begun)
        if why != told:
            journal.tell("waits for the platform", because=why)
        told, number = why, number + 1
        said = _wait(journal, journal.now() + AGAIN_SECONDS)
    if said:
        summary = f"{said}; the schema keeps what the version before {named} needed"
        return Outcome(state=State.ABORTED, summary=summary)
    return Outcome(state=State.REFUSED, summary=f"nobody let it in for a week: {told}")


def now(journal: Journal, schema: Contraction, wanted: Contract) -> Outcome:
    """Contracts, with the platform to itself; a schema that refuses is tried again for a while."""
    named = f"{wanted.service} {wanted.version}"
    if why := journal.step("look what runs", schema.refusal):
        return Outcome(state=State.REFUSED, summary=f"the schema stays: {why}")
    deadline = journal.now() + TRIES_SECONDS
    while failed := journal.step("contract the schema", schema.contract):
        if journal.now() > deadline:
            return Outcome(
                state=State.FAILED,
                summary=f"could not contract the schema of {named}: {failed}",
                facts={"try": "the next release of the service contracts along with its own"},
            )
        journal.tell("is tried again", because=failed)
        journal.sleep(BETWEEN_SECONDS)
    return Outcome(
        state=State.DONE,
        summary=f"the schema has lost what the version before {named} needed",
        facts={"service": wanted.service, "version": wanted.version},
    )


def _wait(journal: Journal, until: float) -> str:
    """Who said abort, or nothing when the time has come."""
    while (left := until - journal.now()) > 0:
        signal = journal.wait_for_signal(left)
        if signal is not None and signal.name == ABORT:
            return f"{signal.who} said abort" + (f": {signal.why}" if signal.why else "")
        if signal is not None:
            journal.tell(f"{signal.who} says {signal.name}, which is no answer here")
    return ""


def _begin(
    journal: Journal, operations: Operations, wanted: Contract, number: int
) -> tuple[str, str]:
    """The operation that does it, or why there is none yet."""
    arguments: Mapping[str, Json] = asdict(wanted)
    why = f"{wanted.version} has run for long enough"
    try:
        begun = journal.step(
            "begin", lambda: operations.start(NOW, arguments, why=why, key=f"now-{number}")
        )
    except TargetError as error:
        return "", error.why
    return begun, ""


def _outcome(journal: Journal, operations: Operations, begun: str) -> Outcome:
    while True:
        found = journal.step("ask what came of it", lambda: _told(operations, begun))
        if found is not None:
            state = State(str(found["state"]))
            return Outcome(state=state, summary=str(found["summary"]), facts={"operation": begun})
        journal.sleep(POLL_SECONDS)


def _told(operations: Operations, begun: str) -> dict[str, Json] | None:
    outcome = operations.outcome(begun)
    if outcome is None:
        return None
    return {"state": outcome.state.value, "summary": outcome.summary}

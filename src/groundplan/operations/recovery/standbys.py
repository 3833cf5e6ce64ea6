"""Standbys that come and go: whom commits wait for, and replicas that follow the wrong server."""

from dataclasses import dataclass

from groundplan.errors import TargetError
from groundplan.operations.recovery.moving import Ports, bring_back, claim_of
from groundplan.ports.databases import Databases
from groundplan.ports.journal import Journal, Outcome, State

LOOKS = 20
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The primary's commits are to wait for any one of these; without any, for nobody."""

    primary: str
    standbys: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A replica that does not follow the primary."""

    name: str
    because: str


def confirm(journal: Journal, ports: Ports, arguments: Confirm) -> Outcome:
    """Whom commits wait for from now on."""
    claim = claim_of(journal, ports.databases)
    if claim.name != arguments.primary:
        return Outcome(state=State.REFUSED, summary=f"{claim.name} is the primary now")
    names = " or ".join(arguments.standbys)
    summary = f"commits on {claim.name} wait for {names}" if names else _ALONE.format(claim.name)
    journal.tell(summary, because=arguments.because)
    journal.step("set", lambda: ports.databases.confirm_by(arguments.primary, arguments.standbys))
    return Outcome(state=State.DONE, summary=summary)


def mend(journal: Journal, ports: Ports, arguments: Mend) -> Outcome:
    """It is told whom to follow; when that is not enough it is made a replica anew."""
    databases, name = ports.databases, arguments.name
    claim = claim_of(journal, databases)
    if claim.name == name:
        return Outcome(state=State.REFUSED, summary=f"{name} is the primary")
    journal.tell(f"{name} is to follow {claim.name}", because=arguments.because)
    try:
        journal.step("follow", lambda: databases.follow(name, claim.name))
        for number in range(LOOKS):
            if journal.step(f"look {number}", lambda: _follows(databases, name, claim.name)):
                return Outcome(state=State.DONE, summary=f"{name} follows {claim.name}")
            journal.sleep(PAUSE_SECONDS)
    except TargetError as error:
        journal.tell(f"{name} does not do as it is told", because=error.why)
    if bring_back(journal, databases, name):
        return Outcome(state=State.DONE, summary=f"{name} is back behind {claim.name}")
    return Outcome(state=State.FAILED, summary=f"{name} could not be brought back")


def _follows(databases: Databases, name: str, primary: str) -> bool:
    return any(s.name == name and s.follows == primary for s in databases.look())


_ALONE = "{} goes on alone: until a standby is back, commits are on one server only"

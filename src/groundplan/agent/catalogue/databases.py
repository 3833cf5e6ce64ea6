"""The operations on the databases, with the ports of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from groundplan.agent.performing.kinds import Here
from groundplan.agent.sampling.memory import LastSeen, last_seen
from groundplan.design.design import Design
from groundplan.design.recovery import Recovery
from groundplan.operations.recovery.failover import Failover, failover
from groundplan.operations.recovery.loss import evidence
from groundplan.operations.recovery.moving import Confirmation, Ports
from groundplan.operations.recovery.standbys import Confirm, Mend, confirm, mend
from groundplan.operations.recovery.switchover import Switchover, switchover
from groundplan.operations.recovery.watch import Action, Kind, Watched
from groundplan.ports.databases import Claim, Sight
from groundplan.ports.journal import Journal, Json, Outcome, State
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.processes.supervisor import Supervisor
from groundplan.targets.local.recovery.databases import LocalDatabases
from groundplan.targets.local.recovery.regions import LocalRegions


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """A region that is to have the primary, whatever becomes of the present one."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTo:
    """A region that is to have the primary, in order."""

    region: str


@contextmanager
def ports_of(folder: Path, design: Design) -> Iterator[Ports]:
    """What operations act through, for as long as one of them needs it."""
    machine = Machine(folder=folder, source=folder, design=design, account=account_for_root())
    supervisor = Supervisor(folder)
    databases = LocalDatabases(machine, supervisor)
    try:
        yield Ports(databases=databases, regions=LocalRegions(machine, supervisor))
    finally:
        databases.close()


def perform_failover(journal: Journal, here: Here, arguments: Failover) -> Outcome:
    """What the watch wants: the primary is given up."""
    with ports_of(here.folder, here.design) as ports:
        return _told(journal, here, failover(journal, ports, arguments))


def perform_give_up(journal: Journal, here: Here, arguments: GiveUp) -> Outcome:
    """What somebody wants: the same, from what is seen now."""
    with ports_of(here.folder, here.design) as ports:
        databases = ports.databases
        seen = LastSeen(
            **journal.step(
                "see whom to give up",
                lambda: asdict(last_seen(here.folder, databases.claim(), databases.look())),
            )
        )
        if databases.region_of(seen.name) == arguments.region:
            summary = f"{seen.name}, the primary, is in {arguments.region} already"
            return Outcome(state=State.REFUSED, summary=summary)
        wanted = Failover(
            primary=seen.name,
            region=arguments.region,
            because="somebody said so",
            confirmation=confirmation_of(here.design.recovery),
            written=seen.written,
            alive_at=seen.alive_at,
            may_lose=True,
        )
        return _told(journal, here, failover(journal, ports, wanted))


def _told(journal: Journal, here: Here, outcome: Outcome) -> Outcome:
    """With what it lost, for the ledger."""
    told = evidence(here.design.promises, outcome, at=journal.now())
    return replace(outcome, evidence=(*outcome.evidence, *told))


def perform_switchover(journal: Journal, here: Here, arguments: MoveTo) -> Outcome:
    """The primary moves in order."""
    confirmation = confirmation_of(here.design.recovery)
    wanted = Switchover(region=arguments.region, confirmation=confirmation)
    with ports_of(here.folder, here.design) as ports:
        return switchover(journal, ports, wanted)


def perform_confirm(journal: Journal, here: Here, arguments: Confirm) -> Outcome:
    """Commits wait for other standbys."""
    with ports_of(here.folder, here.design) as ports:
        return confirm(journal, ports, arguments)


def perform_mend(journal: Journal, here: Here, arguments: Mend) -> Outcome:
    """A replica follows the primary again."""
    with ports_of(here.folder, here.design) as ports:
        return mend(journal, ports, arguments)


def confirmation_of(recovery: Recovery) -> Confirmation:
    """What the file says of synchronous standbys."""
    return Confirmation(
        is_wanted=recovery.is_synchronous, may_be_none=recovery.alone_after_seconds is not None
    )


def asked(action: Action, watched: Watched, recovery: Recovery) -> tuple[str, dict[str, Json]]:
    """The operation that does what the watch wants, and its arguments."""
    first, *others = action.names
    match action.kind:
        case Kind.FAILOVER:
            confirmation = confirmation_of(recovery)
            return "replace-primary", {
                "primary": first,
                "region": action.region,
                "because": action.because,
                "confirmation": {
                    "is_wanted": confirmation.is_wanted,
                    "may_be_none": confirmation.may_be_none,
                },
                "synchronous": list(watched.pulse.synchronous or ()),
                "written": watched.pulse.written,
                "alive_at": watched.pulse.alive_at,
                "may_lose": action.may_lose,
                "is_named": action.is_named,
            }
        case Kind.GO_ALONE | Kind.CONFIRM:
            standbys: list[Json] = [*others]
            return "confirm", {
                "primary": first,
                "standbys": standbys,
                "because": action.because,
            }
        case Kind.MEND:
            return "mend", {"name": first, "because": action.because}


def look_at(folder: Path, design: Design) -> tuple[Claim, tuple[Sight, ...]]:
    """Who is the primary, and every server as it is now."""
    with ports_of(folder, design) as ports:
        return ports.databases.claim(), ports.databases.look()

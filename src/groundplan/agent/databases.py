"""The operations on the databases, with the ports of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundplan.design.design import Design
from groundplan.design.recovery import Recovery
from groundplan.operations.recovery.failover import Failover, failover
from groundplan.operations.recovery.moving import Confirmation, Ports
from groundplan.operations.recovery.standbys import Confirm, Mend, confirm, mend
from groundplan.operations.recovery.switchover import Switchover, switchover
from groundplan.operations.recovery.watch import Action, Kind, Watched
from groundplan.ports.databases import Claim, Sight
from groundplan.ports.journal import Journal, Json, Outcome
from groundplan.targets.local.databases import LocalDatabases
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.regions import LocalRegions
from groundplan.targets.local.supervisor import Supervisor

Arguments = Failover | Switchover | Confirm | Mend
KINDS: dict[str, type[Arguments]] = {
    "failover": Failover,
    "switchover": Switchover,
    "confirm": Confirm,
    "mend": Mend,
}


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


def perform(folder: Path, design: Design, journal: Journal, arguments: Arguments) -> Outcome:
    """One operation, from its beginning to its end."""
    with ports_of(folder, design) as ports:
        match arguments:
            case Failover():
                return failover(journal, ports, arguments)
            case Switchover():
                return switchover(journal, ports, arguments)
            case Confirm():
                return confirm(journal, ports, arguments)
            case Mend():
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
            return "failover", {
                "primary": first,
                "region": action.region,
                "because": action.because,
                "confirmation": {
                    "is_wanted": confirmation.is_wanted,
                    "may_be_none": confirmation.may_be_none,
                },
                "synchronous": list(watched.pulse.synchronous or ()),
                "written": watched.pulse.written,
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

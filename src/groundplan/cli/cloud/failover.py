"""`groundplan failover REGION --target cloud`: the same operation as here, on RDS."""

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.cloud.account import Sites, Wish, carried_out, sites
from groundplan.cli.exits import Exit
from groundplan.cli.following.thread import Thread
from groundplan.errors import TargetError
from groundplan.operations.recovery.failover import Failover, failover
from groundplan.operations.recovery.moving import Confirmation, Ports
from groundplan.ports.journal import State
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.addresses import Addresses
from groundplan.targets.cloud.aws.servers import RdsServers
from groundplan.targets.cloud.design.workload import STORES_SECRET


def moved(
    session: Session,
    region: str,
    file: str | None,
    environment: str | None,
    *,
    lost: tuple[str, ...],
    wish: Wish,
) -> Exit:
    """Shows the calls, or makes them."""
    here = sites(session, file, environment)
    holders = [server.region for server in here.servers]
    if region not in holders:
        raise Mistake(
            f"{region} has no server of {here.name}'s database",
            try_=f"one of {', '.join(holders[1:]) or 'none: primary_database.read_replicas'}",
        )
    unknown = [name for name in lost if name not in here.regions]
    if unknown:
        raise Mistake(f"{here.name} is not in {', '.join(unknown)}", try_=", ".join(here.regions))
    gone = frozenset(lost)
    warning = "What the replica has not received is lost, and the old primary is given up."
    return carried_out(
        here, wish, lambda account: _moved(here, account, region), lost=gone, warning=warning
    )


def _moved(here: Sites, account: Account, region: str) -> str:
    """The outcome's sentence; TargetError unless the region has the primary then."""
    servers = RdsServers(account, here.servers)
    claim = servers.claim()
    is_there = servers.region_of(claim.name) == region
    if is_there and claim.term == 0:
        raise Mistake(
            f"the primary, {claim.name}, is in {region} already",
            try_="within a region Multi-AZ does it: aws rds reboot-db-instance --force-failover",
        )
    notes: list[str] = []
    ports = Ports(databases=servers, regions=_regions(here, account, servers, notes))
    screen = here.session.screen
    thread = Thread(screen.detail if account.is_dry else screen.note, screen.detail)
    wanted = Failover(
        primary=claim.name,
        region=region,
        because=f"somebody wants the primary in {region}",
        confirmation=Confirmation(),
        may_lose=True,
        is_named=is_there,
    )
    outcome = failover(thread, ports, wanted)
    if outcome.state is State.DONE:
        for name in servers.fence_others(str(outcome.facts["new"])):
            notes.append(f"{name} took writes, too, and is shut now")
    for note in notes:
        screen.note(f"note: {note}")
    if outcome.state is not State.DONE:
        raise TargetError(
            part=here.name,
            doing=f"failover to {region}",
            why=outcome.summary,
            try_="`groundplan failover` again, when the region answers",
        )
    return outcome.summary


def _regions(here: Sites, account: Account, servers: RdsServers, notes: list[str]) -> Addresses:
    platform = here.source.platform
    return Addresses(
        account=account,
        servers=servers,
        secret=f"{platform.platform}/{here.environment}/{STORES_SECRET}",
        regions=here.regions,  # each has a secret of its own
        notes=notes,
    )

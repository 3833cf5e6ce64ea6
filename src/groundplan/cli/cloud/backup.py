"""`groundplan backup` and `restore` with `--target cloud`: snapshots of RDS."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.asked.session import Session
from groundplan.cli.cloud.account import Sites, Wish, carried_out, sites
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.table import Row, table
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.refusals import AwsError
from groundplan.targets.cloud.aws.servers import RdsServers
from groundplan.targets.cloud.aws.snapshots import Snapshot, Snapshots, name_of
from groundplan.targets.cloud.design.stores import backup_regions


def listed(session: Session, file: str | None, environment: str | None, output: str) -> Exit:
    """Every snapshot in every region; exits 1 when a region does not answer."""
    here = sites(session, file, environment)
    account = here.account(is_dry=True, say=session.screen.detail)
    found, silent = _all(here, account)
    for region, why in silent.items():
        session.screen.error(f"{region}: {why}")
    if output == "json":
        told = [asdict(each) for each in found]
        session.screen.data(
            json.dumps({"format_version": FORMAT_VERSION, "snapshots": told}, indent=1)
        )
    elif not found:
        session.screen.data(f"There is no snapshot of {here.name} yet.")
    else:
        rows: list[Row] = [("REGION", "SNAPSHOT", "KIND", "MADE", "GIB", "STATE")]
        rows += [(e.region, e.name, e.kind, _when(e), f"{e.gib:,}", e.state) for e in found]
        session.screen.data(table(rows, session.screen))
    return Exit.BROKEN if silent else Exit.FINE


def made(session: Session, file: str | None, environment: str | None, wish: Wish) -> Exit:
    """One more snapshot of the primary, and its copies where the file wants them."""
    here = sites(session, file, environment)
    at = time.time()
    return carried_out(here, wish, lambda account: _made(here, account, at))


def brought(
    session: Session,
    file: str | None,
    environment: str | None,
    *,
    to: str,
    into: str,
    wish: Wish,
) -> Exit:
    """A new server beside the others, from a snapshot."""
    here = sites(session, file, environment)
    if into in {server.name for server in here.servers}:
        raise Mistake(f"{into} is a server of {here.name}", try_="--into with a name of its own")
    return carried_out(here, wish, lambda account: _brought(here, account, to, into))


def _made(here: Sites, account: Account, at: float) -> str:
    claim = RdsServers(account, here.servers).claim()
    region = next(server.region for server in here.servers if server.name == claim.name)
    snapshots, name = Snapshots(account=account), name_of(claim.name, at)
    snapshots.make(claim.name, region, name)
    there = [place for place in _copied_to(here) if place != region]
    for place in there:
        # Terraform gives the key of a site this name.
        snapshots.copy(name, region, place, f"alias/{here.name}-{place}")
    return f"{name} is in {', '.join((region, *there))}"


def _brought(here: Sites, account: Account, to: str, into: str) -> str:
    found, silent = _all(here, account)
    usable = [each for each in found if each.is_usable]
    claim = RdsServers(account, here.servers).claim()
    own = {server.region: server.name for server in here.servers}
    home = next(server.region for server in here.servers if server.name == claim.name)
    named = [each for each in usable if to in ("latest", each.name) and each.region in own]
    if not named:
        silence = f"; {', '.join(silent)} did not answer" if silent else ""
        raise Mistake(
            f"there is no snapshot {to} in a region with a server of {here.name}{silence}",
            try_="groundplan backup list --target cloud",
        )
    chosen = max(named, key=lambda each: (each.made or 0, each.region == home))
    like = own[chosen.region]
    address = Snapshots(account=account).restore(chosen, into, like=like)
    return (
        f"{into} in {chosen.region} holds {chosen.name}, made {_when(chosen)}, and answers at "
        f"{address}; nobody is sent to it"
    )


def _all(here: Sites, account: Account) -> tuple[list[Snapshot], dict[str, str]]:
    """The snapshots, and why a region did not tell its own."""
    found: list[Snapshot] = []
    silent: dict[str, str] = {}
    snapshots = Snapshots(account=account)
    names = {server.name for server in here.servers}
    places = (*(s.region for s in here.servers), *_copied_to(here))
    for region in dict.fromkeys(places):
        try:
            found += [each for each in snapshots.all(region) if each.server in names]
        except AwsError as error:
            if not error.is_silence:
                raise
            silent[region] = error.why
    return found, silent


def _copied_to(here: Sites) -> tuple[str, ...]:
    return backup_regions(here.clusters[0].platform, here.regions[0])


def _when(snapshot: Snapshot) -> str:
    if snapshot.made is None:
        return "now"
    return datetime.fromtimestamp(snapshot.made, UTC).strftime("%Y-%m-%d %H:%M UTC")

"""`groundplan failover REGION`: the primary is given up, and a replica elsewhere promoted."""

import click

from groundplan.agent.sampling.memory import question
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    dry_run_option,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.cloud import failover as cloud_failover
from groundplan.cli.cloud.account import Wish, carry_out_option, of_cloud, target_option
from groundplan.cli.exits import Exit
from groundplan.cli.following.moving import (
    Stand,
    carried_out,
    region_argument,
    scaled,
    show_plan,
    stand_of,
)
from groundplan.operations.recovery.choice import Choice, Refusal, choose


@click.command(
    "failover",
    cls=Verb,
    examples=(
        ("groundplan failover ca-central-1", "asks first, and says what may be lost"),
        ("groundplan failover ca-central-1 --yes", "at once"),
        ("groundplan failover ca-central-1 --dry-run", "what would be done and lost"),
        ("groundplan failover eu-west-1 --target cloud", "in AWS: shows the calls, makes none"),
        ("groundplan failover eu-west-1 --target cloud --carry-out", "asks, then makes them"),
    ),
)
@region_argument
@file_argument
@environment_option
@dry_run_option
@target_option
@click.option(
    "--lost",
    multiple=True,
    metavar="REGION",
    help="In a cloud: this region is gone, so nobody can end its primary. May be repeated.",
)
@carry_out_option
@why_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    region: str,
    file: str | None,
    environment: str | None,
    *,
    dry_run: bool,
    target: str,
    lost: tuple[str, ...],
    carry_out: bool,
    why: str,
    output: str,
) -> Exit:
    """Give the primary up and promote a replica of another region.

    For a region that is lost. What the replica has not received is lost with it; while the
    primary works, `groundplan switchover` loses nothing.

    With --target cloud it is done to RDS, through AWS: the old primary loses its network, the
    replica is promoted, and the secret that services read their address from leads to it.
    """
    of_cloud(target, lost=lost, carry_out=carry_out, why=why)
    if target == "cloud":
        wish = Wish(
            what=f"failover {region}", carry_out=carry_out and not dry_run, why=why, output=output
        )
        return cloud_failover.moved(session, region, file, environment, lost=lost, wish=wish)
    return _here(session, region, file, environment, dry_run=dry_run, output=output)


def _here(
    session: Session,
    region: str,
    file: str | None,
    environment: str | None,
    *,
    dry_run: bool,
    output: str,
) -> Exit:
    stand = stand_of(session, region, file, environment)
    asked = question(stand.platform.target.folder, stand.claim, stand.sights, region)
    found = choose(asked, stand.sights)
    if isinstance(found, Refusal):
        raise Mistake(found.why, try_="groundplan status")
    if dry_run:
        facts: dict[str, object] = {
            "from": stand.claim.name,
            "to": found.name,
            "lost_bytes": found.lost_bytes,
            "lost_seconds": found.lost_seconds,
        }
        return show_plan(session, _plan(stand, found), facts, output)
    _agree(session, stand, found)
    return carried_out(session, stand, "failover", output)


def _plan(stand: Stand, found: Choice) -> tuple[str, ...]:
    return (
        f"end {stand.claim.name} for certain: it acknowledges nothing any more",
        f"promote {found.name} in term {stand.claim.term + 1}: {found.loss}",
        "the other replicas follow it",
        f"send to {stand.region} whoever names no region",
        *scaled(stand),
        f"{stand.claim.name} stays fenced until `groundplan up` or a switchover back",
    )


def _agree(session: Session, stand: Stand, found: Choice) -> None:
    screen = session.screen
    if screen.yes:
        return
    again = f"groundplan failover {stand.region} --yes"
    if not screen.may_ask:
        raise Mistake("a failover needs an answer, and nobody can be asked", try_=again)
    primary = stand.primary
    if primary is not None and primary.is_primary:
        screen.error(
            f"{stand.claim.name} works: `groundplan switchover {stand.region}` loses nothing."
        )
    screen.error(f"{stand.claim.name} is given up for {found.name}; {found.loss}.")
    if not click.confirm("Go on?", err=True):
        raise Mistake("nothing was changed", try_="--dry-run shows what would be done")

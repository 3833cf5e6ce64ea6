"""`groundplan switchover REGION`: the primary moves there in order, without a lost write."""

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    dry_run_option,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.exits import Exit
from groundplan.cli.following.moving import (
    Stand,
    carried_out,
    region_argument,
    scaled,
    show_plan,
    stand_of,
)
from groundplan.operations.recovery.switchover import Readiness, readiness


@click.command(
    "switchover",
    cls=Verb,
    examples=(
        ("groundplan switchover ca-central-1", "the primary and the edge's home move there"),
        ("groundplan switchover us-east-1", "the way back: what was lost there is rebuilt first"),
        ("groundplan switchover ca-central-1 --dry-run", "what would be done"),
    ),
)
@region_argument
@file_argument
@environment_option
@dry_run_option
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
    output: str,
) -> Exit:
    """Move the primary to another region, planned, without losing a write.

    Writes pause for some seconds, reads go on. When the region's servers were lost in a failover
    they are made replicas first, and catch up while the present primary works.
    """
    stand = stand_of(session, region, file, environment)
    ready = readiness(region, stand.claim, stand.sights)
    primary = stand.primary
    if primary is None or not primary.is_primary:
        why = primary.why if primary else "it is not in the design"
        raise Mistake(
            f"{stand.claim.name} does not answer as the primary ({why}), so nothing can be moved "
            "in order",
            try_=f"groundplan failover {region}",
        )
    if dry_run:
        facts: dict[str, object] = {
            "from": stand.claim.name,
            "to": ready.target or None,
            "behind_bytes": ready.behind_bytes if ready.target else None,
        }
        return show_plan(session, _plan(stand, ready), facts, output)
    return carried_out(session, stand, "switchover", output)


def _plan(stand: Stand, ready: Readiness) -> tuple[str, ...]:
    target = ready.target or f"a server of {stand.region}"
    behind = f", which is {ready.behind_bytes:,} bytes behind" if ready.target else ""
    return (
        *(f"make {name} a replica of {stand.claim.name}" for name in ready.away),
        f"wait until {target}{behind}, has nearly everything" if behind else f"let {target} follow",
        f"stop {stand.claim.name} in order, and compare the ends of both logs",
        f"promote {target} in term {stand.claim.term + 1}; the others follow it",
        f"send to {stand.region} whoever names no region",
        f"start {stand.claim.name} as a replica",
        *scaled(stand),
    )

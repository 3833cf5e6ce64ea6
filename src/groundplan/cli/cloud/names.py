"""`groundplan isolate REGION|edge --target cloud`: public names lead nobody there any more."""

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.cloud.account import Sites, Wish, carried_out, sites
from groundplan.cli.exits import Exit
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.names import Names
from groundplan.targets.cloud.design.edge import has_cloudflare

EDGE = "edge"


def led(
    session: Session,
    place: str,
    file: str | None,
    environment: str | None,
    *,
    end: bool,
    wish: Wish,
) -> Exit:
    """Shows the calls, or makes them."""
    here = sites(session, file, environment)
    platform = here.source.platform
    if platform.cloud.domain is None:
        raise Mistake(f"{here.name} has no public names", try_="cloud.domain")
    if place == EDGE and not has_cloudflare(platform):
        raise Mistake(f"nothing stands in front of {here.name}", try_="a region's name")
    if place not in (EDGE, *here.regions):
        raise Mistake(f"{here.name} is not in {place}", try_=f"one of {', '.join(here.regions)}")
    if place != EDGE and has_cloudflare(platform):
        session.screen.note(
            "note: who comes through Cloudflare is sent by its own pools: take the region out of "
            "`gateways` in live/edge/edge.auto.tfvars and apply that, or isolate the edge as well"
        )
    return carried_out(here, wish, lambda account: _led(here, account, place, end=end))


def _led(here: Sites, account: Account, place: str, *, end: bool) -> str:
    hosts = tuple(dict.fromkeys(c.host for c in here.clusters if c.host))
    names = Names(account=account, domain=here.clusters[0].platform.cloud.domain or "", hosts=hosts)
    if place == EDGE:
        changed = names.lead(around=not end)
        told = "through the edge" if end else "around the edge"
    else:
        changed = names.open(place) if end else names.shut(place)
        told = f"to {place} again" if end else f"past {place}"
    if not changed:
        return f"all names lead {told} already"
    return f"{', '.join(changed)} {'leads' if len(changed) == 1 else 'lead'} {told}"

"""What `switchover` and `failover` have in common: which region, the plan, the outcome."""

import difflib
import json
from dataclasses import dataclass

import click

from groundplan.agent.catalogue.databases import look_at
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import FORMAT_VERSION, Word
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import tell_end
from groundplan.cli.following.waiting import performed_in_turn
from groundplan.design.design import Design
from groundplan.design.growth import growth
from groundplan.design.parts import Postgres
from groundplan.ports.databases import Claim, Sight
from groundplan.targets.local import primacy


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A platform's databases as they are now, and the region that is to have the primary."""

    platform: Chosen
    design: Design
    region: str
    claim: Claim
    sights: tuple[Sight, ...]

    @property
    def primary(self) -> Sight | None:
        """The primary, when the design still has it."""
        return next((sight for sight in self.sights if sight.name == self.claim.name), None)


region_argument = click.argument("region", cls=Word, told="The region that is to have the primary.")


def stand_of(session: Session, region: str, file: str | None, environment: str | None) -> Stand:
    """Mistake for a region that cannot have the primary, or has it already."""
    platform = chosen(session, file, environment)
    design = platform.built
    if design is None:
        raise Mistake(f"{platform} is not built here", try_="groundplan up")
    names = [known.name for known in design.regions]
    if region not in names:
        close = difflib.get_close_matches(region, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(names)}"
        raise Mistake(f"{platform} runs in no region called {region}", try_=hint)
    servers = [part for part in design.parts if isinstance(part, Postgres)]
    if not any(server.site == region for server in servers):
        holders = ", ".join(dict.fromkeys(server.site for server in servers)) or "nowhere"
        raise Mistake(
            f"{region} has no replica of the database; there are servers in {holders}",
            try_=f"add {region} to primary_database.read_replicas.regions, then `groundplan up`",
        )
    claim, sights = look_at(platform.target.folder, design)
    _not_there_already(region, claim, sights)
    return Stand(platform=platform, design=design, region=region, claim=claim, sights=sights)


def scaled(stand: Stand) -> tuple[str, ...]:
    """The line of a plan about replicas: more in a home that carries two regions' load."""
    now = primacy.home(stand.platform.target.folder)
    more = growth(stand.design, stand.region)
    grown = ", ".join(f"{each.service} from {each.before} to {each.after}" for each in more)
    if grown:
        return (f"more replicas in {stand.region}, for the load of both: {grown}",)
    if now != stand.region and growth(stand.design, now):
        return (f"no more additional replicas in {now}",)
    return ()


def show_plan(session: Session, lines: tuple[str, ...], facts: dict[str, object], out: str) -> Exit:
    """A dry run: what would be done, as text or JSON."""
    if out == "json":
        session.screen.data(
            json.dumps({"format_version": FORMAT_VERSION, "plan": lines, **facts}, indent=1)
        )
    else:
        session.screen.data("\n".join(f"  {n}. {line}" for n, line in enumerate(lines, start=1)))
    return Exit.FINE


def carried_out(session: Session, stand: Stand, kind: str, output: str) -> Exit:
    """Has it done by the agent, and says what came of it."""
    folder = stand.platform.target.folder
    done = performed_in_turn(
        session,
        folder,
        kind,
        {"region": stand.region},
        look_again=lambda: _still_sensible(stand),
    )
    return tell_end(session, done, output)


def _still_sensible(stand: Stand) -> None:
    """Somebody else may have moved the primary there meanwhile."""
    claim, sights = look_at(stand.platform.target.folder, stand.design)
    _not_there_already(stand.region, claim, sights)


def _not_there_already(region: str, claim: Claim, sights: tuple[Sight, ...]) -> None:
    if any(s.name == claim.name and s.region == region for s in sights):
        raise Mistake(
            f"the primary, {claim.name}, is in {region} already", try_="groundplan status"
        )

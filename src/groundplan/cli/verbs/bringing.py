"""`groundplan restore --what cache|files|configuration`: copies of what is not the database."""

from dataclasses import replace
from pathlib import Path

import click

from groundplan.agent.catalogue.copies import not_asked_for, ports_of
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import tell_end
from groundplan.cli.following.thread import Thread
from groundplan.cli.following.waiting import performed_in_turn
from groundplan.operations.recovery.bringing import BringBack, bring_back
from groundplan.ports.journal import Outcome, State

LOSES = {
    "cache": "What a region's cache holds now is copied, then replaced key by key",
    "files": "The files are exchanged for those of the copy; what is there now stays beside them",
    "configuration": "",
}


def bring(session: Session, platform: Chosen, wanted: BringBack, output: str) -> Exit:
    """Plans it, asks where something is replaced, and has it done by the agent."""
    into = Path(wanted.into) if wanted.into else None
    if into is None and wanted.what == "configuration":
        raise Mistake(
            "the configuration is not brought back in place: what runs is what `up` built",
            try_=f"groundplan restore --what configuration --to {wanted.to} --into DIR",
        )
    if into is not None and into.exists() and any(into.iterdir()):
        raise Mistake(f"{into} is not empty", try_="name a folder that does not exist yet")
    planned = _planned(session, platform, replace(wanted, dry=True))
    if wanted.dry:
        session.screen.data(planned.summary)
        return Exit.FINE
    session.screen.note(planned.summary)
    if into is None:
        _agree(session, platform, wanted)
    arguments = {"what": wanted.what, "to": wanted.to, "into": wanted.into}
    done = performed_in_turn(session, platform.target.folder, "bring-back", arguments)
    return tell_end(session, done, output)


def _planned(session: Session, platform: Chosen, wanted: BringBack) -> Outcome:
    assert platform.built is not None
    ports = ports_of(platform.target.folder, platform.built, wanted.what)
    if ports is None:
        refused = not_asked_for(wanted.what)
        raise Mistake(refused.summary, try_=str(refused.facts["try"]))
    detail = session.screen.detail
    outcome = bring_back(Thread(detail, detail), ports, wanted)
    if outcome.state is State.REFUSED:
        raise Mistake(str(outcome.facts["why"]), try_=str(outcome.facts["try"]))
    return outcome


def _agree(session: Session, platform: Chosen, wanted: BringBack) -> None:
    if session.screen.yes:
        return
    if not session.screen.may_ask:
        raise Mistake(
            f"replacing the {wanted.what} of {platform} needs an answer, and nobody can be asked",
            try_=f"groundplan restore --what {wanted.what} --to {wanted.to} --yes",
        )
    session.screen.error(f"{LOSES[wanted.what]}.")
    if not click.confirm("Go on?", err=True):
        raise Mistake("nothing was changed", try_="--dry-run shows what would be done")

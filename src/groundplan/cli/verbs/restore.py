"""`groundplan restore`: the database as it was, in place or in a folder of its own."""

from pathlib import Path
from typing import Literal

import click

from groundplan.agent.catalogue.recovery import restore_ports
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
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.cloud import backup as cloud_backup
from groundplan.cli.cloud.account import Wish, carry_out_option, of_cloud, target_option
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import tell_end
from groundplan.cli.following.thread import Thread
from groundplan.cli.following.waiting import performed_in_turn
from groundplan.cli.verbs.bringing import bring
from groundplan.operations.recovery.bringing import BringBack
from groundplan.operations.recovery.copy import What
from groundplan.operations.recovery.restore import Restore, restore
from groundplan.operations.recovery.safety import KEEP
from groundplan.ports.journal import Json, Outcome, State


@click.command(
    "restore",
    cls=Verb,
    examples=(
        ("groundplan restore --to latest --into /tmp/copy", "a server of its own, to look at"),
        ("groundplan restore --to 2026-01-31T13:30:00Z", "in place, as it was at that moment"),
        ("groundplan restore --to 0/3000100 --dry-run", "what would be done, up to that lsn"),
        ("groundplan restore --what cache --to latest", "each region's keys, as last copied"),
        ("groundplan restore --what files --to latest --into /tmp/files", "files, to look at"),
        (
            "groundplan restore --target cloud --to latest --into shop-copy",
            "RDS: a server beside the others",
        ),
    ),
)
@file_argument
@environment_option
@click.option(
    "--what",
    type=click.Choice(("database", "cache", "files", "configuration")),
    default="database",
    help="What is brought back.  [default: database]",
)
@click.option(
    "--to",
    required=True,
    metavar="TIME|LSN|BACKUP|latest",
    help="How far: a time (UTC unless it says), an lsn, a backup's or copy's name, or latest.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder that does not exist yet; without it, the platform's own database. "
    "In a cloud: the name of the new server.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1, max=100),
    default=KEEP,
    metavar="N",
    help=f"In place: so many safety copies stay, the newest first.  [default: {KEEP}]",
)
@dry_run_option
@target_option
@carry_out_option
@why_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    environment: str | None,
    *,
    what: What | Literal["database"],
    to: str,
    into: Path | None,
    keep: int,
    dry_run: bool,
    target: str,
    carry_out: bool,
    why: str,
    output: str,
) -> Exit:
    """Bring the database back from its backups, or a cache, files, configuration from copies.

    In place, the database does not answer for some seconds, its replicas are built anew, and the
    old data stays beside the new: a recovery that fails puts it back. `groundplan backup
    list` shows such safety copies.

    With --target cloud a new server of RDS is made of a snapshot, and nothing is replaced.
    """
    of_cloud(target, carry_out=carry_out, why=why)
    if target == "cloud":
        return _in_cloud(
            session,
            (file, environment),
            to=to,
            into=str(into or ""),
            wish=Wish(
                what=f"restore {to}", carry_out=carry_out and not dry_run, why=why, output=output
            ),
        )
    platform = chosen(session, file, environment)
    if platform.built is None:
        raise Mistake(f"{platform} is not built here, so it has no backups", try_="groundplan up")
    return _here(session, platform, (what, to, into), keep=keep, dry_run=dry_run, output=output)


def _here(
    session: Session,
    platform: Chosen,
    wish: tuple[What | Literal["database"], str, Path | None],
    *,
    keep: int,
    dry_run: bool,
    output: str,
) -> Exit:
    what, to, into = wish
    place = str(into.absolute()) if into else ""
    if what != "database":
        wanted = BringBack(what=what, to=to, into=place, dry=dry_run)
        return bring(session, platform, wanted, output)
    planned = _rehearsed(session, platform, Restore(to=to, into=place, dry=True))
    if dry_run:
        session.screen.data(planned.summary)
        return Exit.FINE
    session.screen.note(planned.summary)
    if into is None:
        _agree(session, platform, to)
    arguments: dict[str, Json] = {"to": to, "into": place, "keep": keep}
    done = performed_in_turn(session, platform.target.folder, "restore", arguments)
    return tell_end(session, done, output)


def _in_cloud(
    session: Session, of: tuple[str | None, str | None], *, to: str, into: str, wish: Wish
) -> Exit:
    if not into:
        raise Mistake("in a cloud nothing is restored in place", try_="--into with a new name")
    return cloud_backup.brought(session, *of, to=to, into=into, wish=wish)


def _rehearsed(session: Session, platform: Chosen, wanted: Restore) -> Outcome:
    """What would be done. What is refused is a mistake in what was typed."""
    assert platform.built is not None
    ports = restore_ports(platform.target.folder, platform.built)
    detail = session.screen.detail
    outcome = restore(Thread(detail, detail), ports, wanted)
    if outcome.state is State.REFUSED:
        raise Mistake(str(outcome.facts["why"]), try_=str(outcome.facts["try"]))
    return outcome


def _agree(session: Session, platform: Chosen, to: str) -> None:
    """What was written since then is gone from the platform, so it needs a yes."""
    if session.screen.yes:
        return
    if not session.screen.may_ask:
        raise Mistake(
            f"restoring {platform} in place needs an answer, and nobody can be asked",
            try_=f"groundplan restore --to {to} --yes",
        )
    session.screen.error(
        f"This puts the database of {platform} back to {to}. What was written since is kept only "
        "in the old data directory."
    )
    if not click.confirm("Go on?", err=True):
        raise Mistake("nothing was changed", try_="--dry-run shows what would be done")

"""`groundplan backup run|list|verify|forget`: makes, shows, proves and forgets backups."""

import json
from dataclasses import dataclass

import click

from groundplan.agent.catalogue.recovery import aside_of, require_backups
from groundplan.agent.performing.operation import Progress, as_json
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    Word,
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
from groundplan.cli.following.following import performed, tell_end
from groundplan.cli.following.waiting import performed_in_turn
from groundplan.cli.shown.stored import show
from groundplan.design.design import Design
from groundplan.ports.journal import Json, State

WHATS = ("database", "cache", "files", "configuration", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of what is done here."""

    of: str
    full: bool
    name: str
    dry_run: bool
    output: str


@click.command(
    "backup",
    cls=Verb,
    examples=(
        ("groundplan backup run", "one more backup in each repository, a full one if it is due"),
        ("groundplan backup run --full", "a full one in each"),
        ("groundplan backup run --what cache", "a copy of each region's cache, checked"),
        ("groundplan backup list", "what there is, and what is proven"),
        ("groundplan backup verify", "restore the newest beside the platform and compare"),
        ("groundplan backup verify --what all", "and copies of caches, files, configuration"),
        ("groundplan backup forget --name restore-k3m9pa", "delete what a restore put aside"),
        ("groundplan backup list --target cloud", "the snapshots of RDS, in every region"),
    ),
)
@click.argument(
    "what",
    cls=Word,
    told="run, list, verify or forget.",
    type=click.Choice(["run", "list", "verify", "forget"]),
)
@file_argument
@environment_option
@click.option(
    "--what",
    "of",
    type=click.Choice(WHATS),
    default="database",
    help="run, verify: of what; all: of everything that the file asks for.  [default: database]",
)
@click.option("--full", is_flag=True, help="run: a full backup, whatever the schedule says.")
@click.option(
    "--name",
    metavar="NAME",
    default="",
    help="verify: this backup.  [default: newest]  forget: this safety copy.",
)
@click.option("--dry-run", is_flag=True, help="forget: only tell what would be deleted.")
@target_option
@carry_out_option
@why_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    what: str,
    file: str | None,
    environment: str | None,
    *,
    of: str,
    full: bool,
    name: str,
    dry_run: bool,
    target: str,
    carry_out: bool,
    why: str,
    output: str,
) -> Exit:
    """Make, show and prove backups of the database, and copies of caches, files, configuration.

    A backup is proven when a server restored from it held what the database held: the same rows in
    every table; a copy of a cache when a server started with it has its keys; one of files when
    each came out of its repository whole.

    A restore in place puts the data that it replaces aside. The last three such safety copies stay;
    `list` shows them, and `forget` deletes one.

    Exits 1 when no good backup was made, or none could be proven.

    With --target cloud: snapshots of RDS; `run` also copies the new one to other regions.
    """
    of_cloud(target, carry_out=carry_out, why=why)
    place = (file, environment)
    if target == "cloud":
        wish = Wish(what=f"backup {what}", carry_out=carry_out, why=why, output=output)
        return _in_cloud(session, what, place, wish)
    asked = Asked(of=of, full=full, name=name, dry_run=dry_run, output=output)
    return _here(session, what, chosen(session, *place), asked)


def _in_cloud(
    session: Session, what: str, place: tuple[str | None, str | None], wish: Wish
) -> Exit:
    if what == "list":
        return cloud_backup.listed(session, *place, wish.output)
    if what == "run":
        return cloud_backup.made(session, *place, wish)
    raise Mistake(f"in a cloud there is no `backup {what}`", try_="list or run")


def _here(session: Session, what: str, platform: Chosen, asked: Asked) -> Exit:
    of, name, output = asked.of, asked.name, asked.output
    if platform.built is None:
        raise Mistake(f"{platform} is not built here, so it has no backups", try_="groundplan up")
    if what == "list":
        return show(session, platform, output)
    if what == "forget":
        return _forget(session, platform, name, output, dry_run=asked.dry_run)
    if of == "all" and name:
        raise Mistake("a name is of one kind of copies", try_="--what with that kind")
    wanted = _asked_for(platform.built) if of == "all" else (of,)
    done = [
        _performed(session, platform, what, each, name=name, full=asked.full) for each in wanted
    ]
    if of == "all" and output == "json":
        session.screen.data(json.dumps([as_json(each) for each in done], indent=1))
        is_done = all(each.operation.state is State.DONE for each in done)
        return Exit.FINE if is_done else Exit.REFUSED
    return max(tell_end(session, each, output) for each in done)


def _asked_for(design: Design) -> tuple[str, ...]:
    """Of what the file asks for copies; a Mistake when it is nothing."""
    asked = design.backups
    kinds = (asked.database, asked.cache, asked.files, asked.configuration)
    found = tuple(name for name, is_asked in zip(WHATS, kinds, strict=False) if is_asked)
    if not found:
        require_backups(design)
    return found


def _performed(
    session: Session, platform: Chosen, verb: str, of: str, *, name: str, full: bool
) -> Progress:
    """Has one kind of copies made or proven by the agent."""
    assert platform.built is not None
    arguments: dict[str, Json]
    if of == "database":
        require_backups(platform.built)
        kind, arguments = "backup", {"kind": "full" if full else "incremental"}
        if verb == "verify":
            kind, arguments = "verify", {"backup": name}
    elif verb == "verify":
        kind, arguments = "prove-copies", {"what": of, "name": name}
    else:
        kind, arguments = "copy", {"what": of, "is_due": False}
    return performed(session, platform.target.folder, kind, arguments)


def _forget(session: Session, platform: Chosen, name: str, output: str, *, dry_run: bool) -> Exit:
    """Says what would go, asks, and has it deleted by the agent."""
    assert platform.built is not None
    there = {copy.name: copy for copy in aside_of(platform.target.folder, platform.built).all()}
    if name not in there:
        known = ", ".join(there) or "none is there"
        why = f"there is no safety copy called '{name}'" if name else "no safety copy is named"
        raise Mistake(why, try_=f"--name with one of: {known}")
    copy = there[name]
    newest = max(there.values(), key=lambda each: each.at) == copy
    told = f"delete {copy.where}, {copy.bytes / 2**20:,.0f} MB: what {copy.of} held before {name}"
    if newest:
        told += "; it is the newest, and the only way back from that restore"
    if dry_run:
        session.screen.data(f"would {told}")
        return Exit.FINE
    session.screen.note(f"This would {told}.")
    if not session.screen.yes:
        again = f"groundplan backup forget --name {name} --yes"
        if not session.screen.may_ask:
            raise Mistake("that needs an answer, and nobody can be asked", try_=again)
        if not click.confirm("Go on?", err=True):
            raise Mistake("nothing was deleted", try_="--dry-run shows what would be")
    folder = platform.target.folder
    return tell_end(
        session, performed_in_turn(session, folder, "forget", {"names": [name]}), output
    )

"""What verbs with `--target cloud` begin with: the file's sites, an account, a rehearsal first.

Without --carry-out only the rehearsal happens: AWS is looked at, and each call that would change
something is shown as a command of AWS's own client.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import environments, read
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.exits import Exit
from groundplan.cli.following.journalled import journalled
from groundplan.cli.terminal.words import printable
from groundplan.errors import TargetError
from groundplan.spec.load import Source
from groundplan.targets.cloud.apply.credentials import lacking
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.instance import Server
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.sites import environment_of
from groundplan.targets.cloud.design.stores import postgres
from groundplan.targets.cloud.render import clusters
from groundplan.targets.local.folder import folder_of

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """One environment of a platform in the cloud, the region that writes first."""

    session: Session
    source: Source
    clusters: tuple[Cluster, ...]

    @property
    def environment(self) -> str:
        """Which of the file's."""
        return environment_of(self.source)

    @property
    def name(self) -> str:
        """shop-production"""
        return f"{self.source.platform.platform}-{self.environment}"

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region of it."""
        return tuple(cluster.site.region for cluster in self.clusters)

    @property
    def servers(self) -> tuple[Server, ...]:
        """Its database servers, the file's primary first. A Mistake when it has none."""
        found = tuple(
            Server(name=each.site.cluster, region=each.site.region, backup_days=made.backup_days)
            for each in self.clusters
            if (made := postgres(each.platform, each.site, each.home))
        )
        if not found:
            raise Mistake(f"{self.name} has no database", try_="add primary_database")
        return found

    def account(
        self, *, is_dry: bool, say: Callable[[str], None], lost: frozenset[str] = frozenset()
    ) -> Account:
        """The account that the credentials are of, which has to be the file's."""
        try_ = lacking("aws", os.environ, Path.home())
        if try_:
            raise TargetError(
                part="aws",
                doing=f"ask AWS about {self.name}",
                why="there are no credentials where AWS's tools look for them",
                try_=try_,
            )
        account = Account(say=say, is_dry=is_dry, lost=lost)
        asked = next((region for region in self.regions if region not in lost), self.regions[0])
        account.require(self.source.platform.cloud.account, asked)
        return account


def sites(session: Session, file: str | None, environment: str | None) -> Sites:
    """Of the environment that is named, or the file's own."""
    source = read(session, file, environment)
    sources = environments(session, file, source)
    found = tuple(clusters(sources, FactsAtlas(subject_of(source).facts)))
    own = environment_of(source)
    there = tuple(cluster for cluster in found if cluster.site.environment == own)
    if not there:
        known = ", ".join(dict.fromkeys(cluster.site.environment for cluster in found))
        raise Mistake(f"{own} is in no cloud", try_=f"--env with one of {known}")
    return Sites(session=session, source=source, clusters=there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed: the verb with its words, and whether it is to be done."""

    what: str  # failover eu-west-1
    carry_out: bool
    why: str
    output: str


def carried_out(
    here: Sites,
    wish: Wish,
    do: Callable[[Account], str],
    *,
    lost: frozenset[str] = frozenset(),
    warning: str = "",
) -> Exit:
    """Rehearses, shows, asks, does. `do` ends with one sentence; it is called twice."""
    screen = here.session.screen
    rehearsal = here.account(is_dry=True, say=screen.detail, lost=lost)
    summary = do(rehearsal)
    calls = [str(call) for call in rehearsal.done]
    if not wish.carry_out or not calls:
        note = "nothing was changed; --carry-out does it" if calls else "nothing is to be done"
        _show(here, wish, calls, None if calls else summary)
        screen.note(note)
        return Exit.FINE
    _agree(here, wish, calls, warning)
    home = folder_of(here.source.platform.platform, here.environment)
    with journalled(here.session, home, f"{wish.what} (AWS)", why=wish.why, must=True):
        account = here.account(
            is_dry=False, say=lambda line: screen.note(printable(line)), lost=lost
        )
        summary = do(account)
    _show(here, wish, [str(call) for call in account.done], summary)
    return Exit.FINE


def _show(here: Sites, wish: Wish, calls: list[str], summary: str | None) -> None:
    screen = here.session.screen
    if wish.output == "json":
        facts = {"calls": calls, "carried_out": summary is not None, "summary": summary}
        screen.data(json.dumps({"format_version": FORMAT_VERSION, **facts}, indent=1))
    elif summary is not None:
        screen.data(printable(summary))
    else:
        screen.data("\n".join(printable(call) for call in calls))


def _agree(here: Sites, wish: Wish, calls: list[str], warning: str) -> None:
    screen = here.session.screen
    if screen.yes:
        return
    if not screen.may_ask:
        raise Mistake("this needs an answer, and nobody can be asked", try_="--yes")
    for call in calls:
        screen.note(printable(call))
    if warning:
        screen.error(warning)
    if not click.confirm(f"Make these calls for {here.name}?", err=True):
        raise Mistake("nothing was changed", try_="without --carry-out it only shows")


def target_option(function: F) -> F:
    """--target"""
    return click.option(
        "--target",
        type=click.Choice(["local", "cloud"]),
        default="local",
        help="This machine, or AWS.  [default: local]",
    )(function)


def carry_out_option(function: F) -> F:
    """--carry-out"""
    return click.option(
        "--carry-out",
        is_flag=True,
        help="In a cloud: do it. Without it the calls are only shown.",
    )(function)


def of_cloud(target: str, **given: object) -> None:
    """A Mistake for an option that means nothing on this machine."""
    for name, value in given.items():
        if value and target != "cloud":
            raise Mistake(f"--{name.replace('_', '-')} is of --target cloud", try_="add that")

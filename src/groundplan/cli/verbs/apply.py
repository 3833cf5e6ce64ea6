"""`groundplan apply DIR [FILE]`: carries a rendered folder out, root by root."""

import os
from pathlib import Path

import click

from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.cli.asked.audit import audit
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import Verb, Word, environment_option, file_argument, why_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import again, environments, read
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.cloud.clusters import follow_git
from groundplan.cli.exits import Exit
from groundplan.cli.following.journalled import journalled
from groundplan.cli.terminal.words import counted
from groundplan.design.design import DEFAULT_ENVIRONMENT
from groundplan.errors import Severity, TargetError
from groundplan.spec.load import Source
from groundplan.targets.cloud.apply import terraform
from groundplan.targets.cloud.apply.commit import commit, is_in_git
from groundplan.targets.cloud.apply.credentials import lacking
from groundplan.targets.cloud.apply.program import require
from groundplan.targets.cloud.apply.roots import Root, roots
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.folder import compare
from groundplan.targets.cloud.render import clusters, render
from groundplan.targets.local.folder import folder_of


@click.command(
    "apply",
    cls=Verb,
    examples=(
        ("groundplan apply infra", "every root in order, each after you agreed to its plan"),
        ("groundplan apply infra --env staging", "staging's sites alone"),
        ("groundplan apply infra --only global", "one root"),
        ("groundplan apply infra --yes --why 'release 12'", "in a script"),
    ),
)
@click.argument(
    "folder",
    cls=Word,
    told="The folder that `groundplan render` wrote.",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
)
@file_argument
@environment_option
@click.option("--only", multiple=True, metavar="ROOT", help="Only this root; may be repeated.")
@click.option("--force", metavar="REASON", help="Apply although `check` finds critical problems.")
@why_option
@click.pass_obj
def verb(
    session: Session,
    /,
    folder: Path,
    file: str | None,
    environment: str | None,
    *,
    only: tuple[str, ...],
    force: str | None,
    why: str,
) -> Exit:
    """Carry a rendered folder out: Terraform root by root, a commit, then clusters follow git.

    Needs Terraform, and credentials where its providers look for them. Each root is planned and
    applied as planned after you agreed. After a failure, apply again: what is done is passed over.
    """
    source = read(session, file, environment)
    _refuse_critical(source, force)
    every = _clusters(session, folder, file, source, environment)
    chosen = roots(folder, every, environment)
    named = tuple(root for root in chosen if not only or root.name in only)
    if only and {root.name for root in named} != set(only):
        known = ", ".join(root.name for root in chosen)
        raise Mistake(f"not every one of {', '.join(only)} is a root", try_=f"one of {known}")
    _refuse_without_credentials(named)
    require()
    home = folder_of(source.platform.platform, source.environment or DEFAULT_ENVIRONMENT)
    because = "; ".join(filter(None, (why, force and f"forced: {force}")))
    with journalled(session, home, f"apply {folder}", why=because, must=True):
        for root in named:
            _apply(session, root)
        if not only:
            _commit(session, folder, source)
            here = [each for each in every if environment in (None, each.site.environment)]
            follow_git(session, folder, tuple(here))
    return Exit.FINE


def _refuse_critical(source: Source, force: str | None) -> None:
    found = [f for f in audit(source).report.findings if f.severity is Severity.CRITICAL]
    if found and not force:
        first = found[0]
        raise Mistake(
            f"{counted(len(found), 'critical finding')}, the first: {first.message} [{first.rule}]",
            try_="mend what `groundplan check` shows, or say why not: --force REASON",
        )


def _clusters(
    session: Session, folder: Path, file: str | None, source: Source, environment: str | None
) -> tuple[Cluster, ...]:
    """Of a folder that is exactly what the file says."""
    sources = environments(session, file, source)
    atlas = FactsAtlas(subject_of(source).facts)
    differences = list(compare(folder, render(sources, atlas, environment), environment))
    if differences:
        raise Mistake(
            f"{folder} is not as rendered: {counted(len(differences), 'file')} would change",
            try_=f"`{again(f'render {folder} --check', file, environment)}` shows them",
        )
    return tuple(clusters(sources, atlas))


def _refuse_without_credentials(chosen: tuple[Root, ...]) -> None:
    for provider in dict.fromkeys(root.provider for root in chosen):
        try_ = lacking(provider, os.environ, Path.home())
        if try_:
            names = ", ".join(root.name for root in chosen if root.provider == provider)
            raise TargetError(
                part=provider,
                doing=f"apply {names}",
                why="there are no credentials where its provider looks for them",
                try_=try_,
            )


def _apply(session: Session, root: Root) -> None:
    screen = session.screen
    try:
        changes = terraform.plan(root)
        if changes.is_empty:
            screen.data(f"{root.name}: as it should be")
            return
        screen.note(f"{root.name}: {changes}")
        _agree(session, root)
        terraform.apply(root)
    finally:
        terraform.forget(root)  # whoever interrupts leaves no plan behind, either
    screen.data(f"{root.name}: applied, {changes}")


def _agree(session: Session, root: Root) -> None:
    if session.screen.yes:
        return
    if not session.screen.may_ask:
        raise Mistake("a plan needs an answer, and nobody can be asked", try_="--yes")
    if not click.confirm(f"Apply this to {root.name}?", err=True):
        raise Mistake(f"{root.name} was not changed", try_="apply again")


def _commit(session: Session, folder: Path, source: Source) -> None:
    screen = session.screen
    if not is_in_git(folder):
        screen.note(f"{folder} is in no git repository: commit it to the one the clusters follow")
        return
    made = commit(folder, f"Render {source.platform.platform} ({source.digest[:12]})")
    branch = source.platform.cloud.branch
    screen.data(f"git: {made or 'nothing to commit'}")
    if made:
        screen.note(f"push it to {branch}: the clusters follow that")

"""The end of `apply`: each cluster is told of the repository that it follows, once.

One object for each cluster: Argo CD does the rest, from git. It is tried by the cluster first.
"""

import os
from pathlib import Path
from typing import Any

import click
import yaml

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.targets.cloud.apply.kubernetes import Access, access, is_as_wanted
from groundplan.targets.cloud.design.cluster import Cluster

BOOTSTRAP = "gitops/bootstrap"


def follow_git(session: Session, folder: Path, clusters: tuple[Cluster, ...]) -> None:
    """In the order of the file. A cluster that no kubeconfig leads to is left, and told."""
    for cluster in clusters:
        site = cluster.site
        file = folder / BOOTSTRAP / f"{site.name}.yaml"
        if not file.is_file():
            continue
        found = access(site.cluster, os.environ, Path.home())
        if found is None:
            session.screen.note(
                f"{site.cluster}: no context of a kubeconfig leads there; `aws eks "
                f"update-kubeconfig --name {site.cluster} --region {site.region}`, then apply again"
            )
            continue
        for item in yaml.safe_load_all(file.read_text()):
            _send(session, found, item)


def _send(session: Session, found: Access, item: dict[str, Any]) -> None:
    screen = session.screen
    if is_as_wanted(found.find(item), found.send(item, is_dry=True)):
        screen.data(f"{found.name}: follows git")
        return
    if not screen.yes:
        if not screen.may_ask:
            raise Mistake("a cluster needs an answer, and nobody can be asked", try_="--yes")
        if not click.confirm(f"Let {found.name} follow git ({found.context})?", err=True):
            raise Mistake(f"{found.name} was not changed", try_="apply again")
    found.send(item, is_dry=False)
    screen.data(f"{found.name}: follows git from now on")

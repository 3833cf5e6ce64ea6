"""Copies of code that nobody needs any more go: never one that runs, may run, or an undo needs."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from groundplan.agent.catalogue import looks, standing
from groundplan.agent.catalogue.kept import kept, noted
from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN, RELEASES
from groundplan.targets.local.delivery.trees import TREES, trees
from groundplan.targets.local.folder import Folder

YOUNG_SECONDS = 3600.0  # a release may be asked for that has not begun yet
SPARE = 5  # of those that nobody needs, the newest stay


def prune(folder: Path) -> None:
    """At the end of a release; what cannot be read or removed stays."""
    looks.forget(folder)
    try:
        needed = set(_needed(folder))
        old = time.time() - YOUNG_SECONDS
        spare = [
            (path.stat().st_mtime, path)
            for path in trees(folder / RELEASES / TREES)
            if path not in needed
        ]
        for age, path in sorted(spare, reverse=True)[SPARE:]:
            if age < old:
                shutil.rmtree(path, ignore_errors=True)
    except (OSError, TargetError, ValidationError):
        return  # without knowing what is needed, nothing goes


def _needed(folder: Path) -> Iterator[Path]:
    applied = Folder(folder).applied()
    wanted = Design.from_json((folder / DESIGN).read_bytes())
    for design in (applied, wanted):
        yield from _of_design(design) if design else ()
    for each in standing.read(folder).values():
        yield from (Path(each.tree), Path(each.directory))
    way = noted(folder)
    if way is not None:
        release = kept(folder, way.release).release
        yield from (Path(part.process.workdir) for part in release.replicas)
        jobs = (*release.jobs, *([release.left] if release.left else []))
        yield from (Path(job.process.workdir) for job in jobs)


def _of_design(design: Design) -> Iterator[Path]:
    for part in design.parts:
        if isinstance(part, Service):
            yield Path(part.process.workdir)
    yield from (Path(job.process.workdir) for job in design.jobs)

"""The design that `up` builds: the file's, with the versions that releases brought since."""

from collections.abc import Iterator
from pathlib import Path

from groundplan.agent.catalogue import standing
from groundplan.cli.asked.regions import regions_named
from groundplan.cli.asked.rolling import apart
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Target, target_of
from groundplan.cli.terminal.screen import Screen
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.plan import Plan
from groundplan.design.release import running_of
from groundplan.design.standing import as_it_runs, as_released, is_kept, says
from groundplan.errors import TargetError
from groundplan.ports.folder import RELEASES
from groundplan.spec.load import Source
from groundplan.targets.local.delivery.trees import TREES, lay_out


def design_of(session: Session, source: Source, regions: str | None) -> tuple[Design, Target]:
    """What is to run, and where; says which versions stay although the file names others."""
    design = build(source, regions=regions_named(regions))
    target = target_of(session, design, source)
    known = standing.read(target.folder)
    if not any(stands.is_released for stands in known.values()):
        return design, target
    kept, told = as_released(source, known)
    for line in told:
        session.screen.note(f"note: {line}")
    wanted = build(kept, regions=regions_named(regions))
    return as_it_runs(wanted, target.applied(), source, known), target


def remember(source: Source, design: Design, folder: Path, plan: Plan, screen: Screen) -> None:
    """What `up` has brought, and a copy of the code it started, for an undo. The platform serves,
    so what cannot be copied is only told."""
    if not folder.is_dir():
        return
    known = standing.read(folder)
    said = {name: says(source, name) for name in source.platform.services}
    kept = {name for name, stands in known.items() if name in said and is_kept(stands, said[name])}
    started = {
        name
        for name in said
        if name not in kept
        and (name not in known or any(plan.of(part.name) for part in running_of(design, name)))
    }
    try:
        trees = dict(_copies(source, design, folder, started, screen))
        standing.brought(folder, design, said, trees, kept)
    except OSError as error:
        screen.note(f"note: what runs was not written down for releases: {error}")


def _copies(
    source: Source, design: Design, folder: Path, services: set[str], screen: Screen
) -> Iterator[tuple[str, str]]:
    for name in services:
        if not running_of(design, name):
            continue
        directory = source.path.absolute().parent / source.platform.services[name].directory
        try:
            path = lay_out(directory, folder / RELEASES / TREES, apart=apart(folder, directory))
            yield name, str(path)
        except TargetError as error:
            screen.note(f"note: an undo of {name} would run what lies there then: {error.why}")
            yield name, ""

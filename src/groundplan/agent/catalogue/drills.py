"""Hands drills, rotations and isolations the real parts of a platform on this machine."""

from dataclasses import dataclass
from pathlib import Path

from groundplan.agent.catalogue.reports import FileReports
from groundplan.agent.catalogue.witness import AgentWitness
from groundplan.agent.performing.kinds import Here
from groundplan.design.design import Design
from groundplan.design.drills import Drill
from groundplan.errors import TargetError
from groundplan.operations.recovery import isolation, rotation
from groundplan.operations.recovery.drill.answers import Place
from groundplan.operations.recovery.drill.quiet import quietly, scope
from groundplan.operations.recovery.drill.run import Ports, Rehearsal, rehearse
from groundplan.operations.recovery.drill.victims import victims
from groundplan.ports.journal import Journal, Outcome
from groundplan.targets.local import primacy
from groundplan.targets.local.build import Build
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.processes.supervisor import Supervisor
from groundplan.targets.local.progress import Progress
from groundplan.targets.local.recovery.credentials import LocalCredentials
from groundplan.targets.local.recovery.faults import LocalFaults
from groundplan.targets.local.recovery.isolation import LocalIsolation
from groundplan.targets.local.recovery.silences import LocalSilences


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDrill:
    """What is asked for. Without a region: where the database takes writes."""

    name: str
    region: str = ""
    is_approved: bool = False  # somebody approved the response beforehand


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRegion:
    """A region by its name."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate:
    """`without`: regions that are left alone."""

    without: tuple[str, ...] = ()


def run_drill(journal: Journal, here: Here, asked: RunDrill) -> Outcome:
    """Rehearses a scenario."""
    folder, design = here.folder, here.design
    drill = _drill(design, asked.name)
    primary = primacy.leader(_machine(folder, design)) if _has_database(design) else None
    region = asked.region or (primary.site if primary else design.regions[0].name)
    _known(design, region)
    others = tuple(each.name for each in design.regions if each.name != region)
    place = Place(
        region=region,
        primary_region=primary.site if primary else "",
        partner=others[0] if others else "",
    )
    ports = Ports(
        faults=LocalFaults(_machine(folder, design), Supervisor(folder)),
        witness=AgentWitness(design, folder),  # a new life has a new one, which missed some
        operations=here.operations,
        reports=FileReports(folder),
    )
    hit = victims(design, drill, region=region, primary=primary.name if primary else "")
    rehearsal = Rehearsal(drill=drill, place=place, victims=hit, is_approved=asked.is_approved)
    regions = scope(drill, place, tuple(each.name for each in design.regions))
    return quietly(
        journal, LocalSilences(design), regions, lambda: rehearse(journal, ports, rehearsal)
    )


def isolate(journal: Journal, here: Here, asked: OneRegion) -> Outcome:
    """Shuts a region off."""
    folder, design = here.folder, here.design
    _known(design, asked.region)
    machine = _machine(folder, design)
    arguments = isolation.Isolate(
        region=asked.region,
        primary_region=primacy.leader(machine).site if _has_database(design) else "",
        others=tuple(each.name for each in design.regions if each.name != asked.region),
    )
    return isolation.isolate(journal, LocalIsolation(machine, Supervisor(folder)), arguments)


def readmit(journal: Journal, here: Here, asked: OneRegion) -> Outcome:
    """Takes a region in again."""
    folder, design = here.folder, here.design
    _known(design, asked.region)
    machine = _machine(folder, design)
    return isolation.readmit(journal, LocalIsolation(machine, Supervisor(folder)), asked.region)


def rotate(journal: Journal, here: Here, asked: Rotate) -> Outcome:
    """Makes new credentials for every store."""
    folder = here.folder
    machine = _machine(folder, here.design)
    build = Build(
        machine=machine, folder=Folder(folder), supervisor=Supervisor(folder), report=_unseen
    )
    without = frozenset(asked.without) | primacy.isolated(folder)
    credentials = LocalCredentials(machine, build.restart, without=without)
    return rotation.rotate(journal, credentials)


def _drill(design: Design, name: str) -> Drill:
    for drill in design.drills:
        if drill.name == name:
            return drill
    raise TargetError(
        part="drill",
        doing=f"rehearsing {name}",
        why="the platform has no such scenario",
        try_=f"one of {', '.join(drill.name for drill in design.drills)}",
    )


def _known(design: Design, region: str) -> None:
    names = [each.name for each in design.regions]
    if region not in names:
        raise TargetError(
            part="regions",
            doing=f"looking for {region}",
            why="it does not run here",
            try_=f"one of {', '.join(names)}",
        )


def _has_database(design: Design) -> bool:
    return any(part.kind == "postgres" for part in design.parts)


def _machine(folder: Path, design: Design) -> Machine:
    return Machine(
        folder=folder,
        source=Folder(folder).source(),
        design=design,
        account=account_for_root(),
    )


def _unseen(progress: Progress) -> None:
    """The operation tells what it does itself."""

"""The local target: what may be asked of a platform on this machine."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from groundplan.design.design import Design
from groundplan.design.parts import AnyPart, PartKind
from groundplan.design.plan import Plan, compare
from groundplan.errors import TargetError
from groundplan.targets.local import scale
from groundplan.targets.local.build import Build
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.preflight import ports_of
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Running, Supervisor
from groundplan.targets.local.progress import Report
from groundplan.targets.local.stop import stop_all

PROBERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """A part as it is now. `because` tells why it is not healthy."""

    name: str
    kind: PartKind
    site: str
    state: str
    address: str
    pid: int | None
    since: float | None  # seconds since 1970
    healthy: bool
    because: str


class LocalTarget:
    """One platform on this machine. `source` is the folder of its file."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        self.source = source
        self._folder = Folder(folder)
        self._supervisor = Supervisor(folder)

    def applied(self) -> Design | None:
        """The design whose parts were built here; None when nothing was."""
        return self._folder.applied()

    def plan(self, design: Design) -> Plan:
        """What `up` would do: new facts, parts that do not run, files edited by hand."""
        applied, design = self.applied(), scale.needed(design, self.folder)
        machine = self._machine(design)
        if applied is None:
            return compare(None, design)
        known = {part.name: part for part in applied.parts}
        rows = self._supervisor.programs()
        shared = [part for part in design.parts if known.get(part.name) == part]
        also_live = len(shared) == len(design.parts) == len(applied.parts)
        ailing: dict[str, str] = {}
        for part in design.parts:
            row = rows.get(part.name)
            why = recipe_of(part).why_down(part, machine)
            if row is None or row.pid is None or why:  # one that must not run is tried in vain
                ailing[part.name] = why.removeprefix("it ") if why else "does not run"
            elif part in shared:
                stale = launch.stale(part, recipe_of(part), machine, also_live=also_live)
                if stale:
                    ailing[part.name] = f"has files that differ: {', '.join(stale)}"
        return compare(applied, design, ailing)

    def up(self, design: Design, report: Report) -> Plan:
        """Makes what runs here the design; returns what was done. TargetError when it cannot."""
        with self._folder.locked("up"):
            design = scale.needed(design, self.folder)
            machine = self._machine(design)
            machine.make_secrets()
            plan = self.plan(design)
            if not plan.is_empty:
                build = Build(
                    machine=machine,
                    folder=self._folder,
                    supervisor=self._supervisor,
                    report=report,
                )
                build.run(plan)
            elif self.applied() != design:
                # What no part shows, such as for how long backups are kept.
                self._folder.want(design, self.source)
                self._folder.record(design)
            return plan

    def down(self, *, purge: bool, report: Report) -> None:
        """Stops everything; with `purge` also deletes all data."""
        if not self.folder.is_dir():
            return
        with self._folder.locked("down"):
            applied = self.applied()
            if applied is not None:
                stop_all(applied, self.folder, self._supervisor, report)
            self._supervisor.shut_down()
            scale.forget(self.folder)
            if purge:
                shutil.rmtree(self.folder)

    def status(self) -> tuple[PartStatus, ...]:
        """Every part that was built here, asked now."""
        applied = self.applied()
        if applied is None:
            return ()
        machine = self._machine(applied)
        rows = self._supervisor.programs()
        with ThreadPoolExecutor(max_workers=PROBERS) as pool:
            return tuple(
                pool.map(
                    lambda part: _status(part, rows.get(part.name), machine),
                    applied.parts,
                )
            )

    def log_file(self, part: str) -> Path:
        """Where a part's output is kept; KeyError for a part that was never built here."""
        applied = self.applied()
        if applied is None:
            raise KeyError(part)
        return launch.log_file(applied.part(part), self.folder)

    def _machine(self, design: Design) -> Machine:
        return Machine(
            folder=self.folder,
            source=self.source,
            design=design,
            account=account_for_root(),
        )


def _status(part: AnyPart, row: Running | None, machine: Machine) -> PartStatus:
    because: str | None
    if row is None or row.pid is None:
        why = recipe_of(part).why_down(part, machine)
        because = why or (row.why if row else "it was never started")
    else:
        because = _probe(part, machine)
    ports = ports_of(part)
    return PartStatus(
        name=part.name,
        kind=part.kind,
        site=part.site,
        state=row.state if row else "stopped",
        address=f"{part.address}:{ports[0]}" if ports else part.address,
        pid=row.pid if row else None,
        since=row.since if row else None,
        healthy=because is None,
        because=because or "",
    )


def _probe(part: AnyPart, machine: Machine) -> str | None:
    try:
        return recipe_of(part).probe(part, machine)
    except TargetError as error:
        return error.why

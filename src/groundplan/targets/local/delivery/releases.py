"""Two versions of a service side by side on this machine: replicas, weights, counters, works.

Everything is a change from one design to another, carried out as `up` does it; only weights take
the short way, a file that the gateways watch.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.design.design import Design, Job
from groundplan.design.parts import Gateway, Service
from groundplan.design.plan import compare
from groundplan.design.release import (
    CANARY,
    Release,
    leased,
    running_of,
    settled,
    share,
    started,
    weighted,
    without_canary,
)
from groundplan.design.scale import following
from groundplan.design.services import CONTRACT, MIGRATE, REVERT
from groundplan.errors import TargetError
from groundplan.ports.releases import Look, Sight, Usage
from groundplan.targets.local.build import Build
from groundplan.targets.local.delivery.counters import Totals, grown, served, totals
from groundplan.targets.local.delivery.leases import Leases
from groundplan.targets.local.delivery.monitoring import monitors, unmonitored
from groundplan.targets.local.delivery.smoke import smoke
from groundplan.targets.local.delivery.usage import NO_LIMITS, Limits, Scales
from groundplan.targets.local.delivery.writes import Writes
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.parts.envoy.listener import routes
from groundplan.targets.local.parts.envoy.shape import ROUTES
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.parts.service import run_job
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until

PROBERS = 16
TAKEN_SECONDS = 2.0  # a gateway takes a file within some 50 ms


@dataclass(slots=True, kw_only=True)
class LocalReleases:
    """The port on this machine. `slow` holds the limit of each bound; None where failures count."""

    folder: Path
    source: Path
    release: Release
    slow: tuple[float | None, ...]
    smoke_test: tuple[str, ...] = ()
    smoke_paths: tuple[str, ...] = ()
    lease_seconds: float = 30.0
    limits: Limits = NO_LIMITS
    failing_over: Callable[[], frozenset[str]] = frozenset  # regions between which it moves
    alone: Callable[[], AbstractContextManager[None]] = nullcontext  # while something is built
    writes: Writes | None = None  # are counted with each look
    _before: dict[str, Totals] = field(default_factory=dict)
    _new: set[str] = field(default_factory=set)  # addresses that the new version has had
    _scales: Scales | None = None
    leases: Leases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = Leases(
            folder=self.folder, service=self.release.service, seconds=self.lease_seconds
        )

    def see(self) -> Sight:
        """Asks every gateway and every replica, at once."""
        design = self.design()
        if self.writes is not None:
            self.writes.read()
        gateways = [part for part in design.parts if isinstance(part, Gateway)]
        canaries = self.canaries(design)
        self._new |= {part.address for part in self.followed(design).canaries}
        with ThreadPoolExecutor(max_workers=PROBERS) as pool:
            looks = dict(pool.map(lambda part: (part.site, self._look(part)), gateways))
            serving = dict(pool.map(lambda part: (part.site, self._served(part)), gateways))
            states = list(pool.map(lambda part: (part.site, self._is_ready(part)), canaries))
            silent = frozenset(filter(None, pool.map(unmonitored, monitors(design.parts))))
        ready = {
            region: sum(is_ready for site, is_ready in states if site == region)
            for region in dict(states)
        }
        return Sight(
            looks=looks,
            ready=ready,
            serving=serving,
            usage=self._usage(design, canaries),
            old_running=self._old_runs(design),
            failing_over=self.failing_over(),
            unmonitored=silent,
        )

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        """Writes the weights where the gateways watch, and waits until they have taken them."""
        with self.leases.turn:
            self._serve(weights, until)

    def _serve(self, weights: Mapping[str, int], until: float) -> None:
        applied = self.design()
        if not self.canaries(applied):
            return  # nothing stands beside stable: there is nothing to share
        service = self.release.service
        design = weighted(applied, service, weights, until=until)
        machine = self._machine(design)
        gateways = [part for part in design.parts if isinstance(part, Gateway)]
        before = {part.name: part for part in applied.parts}
        is_new = any(share(part, service) != _share_in(before, part, service) for part in gateways)
        for part in gateways:
            if is_new:
                launch.write(part, recipe_of(part), machine, live_only=True)
            else:  # which replicas may have requests is for whoever builds: it may be a guest
                write_if_changed(self.folder / part.directory / ROUTES, routes(part))
        for part in gateways:
            _wait_until_taken(part, machine)
        if is_new:
            # What a guest has built meanwhile is written down by now.
            Folder(self.folder).record(weighted(self.design(), service, weights, until=until))

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        """Does one work; why it failed, or nothing."""
        works: dict[str, Callable[[], None]] = {
            "expand the schema": lambda: self._run(self.release.job(MIGRATE)),
            "start the new version": lambda: self._start(regions),
            "run the smoke tests": lambda: self._smoke(regions),
            "make the new version the stable one": self._finalise,
            "contract the schema": self._contract,
            "revert the schema": lambda: self._run(self.release.job(REVERT)),
            "remove the new version": self._remove,
        }
        try:
            with self.leases.kept(), self.alone():
                works[name]()
        except TargetError as error:
            return _in_one_line(f"{error.part}: {error.why}")
        return ""

    def _run(self, job: Job | None) -> None:
        if job is not None:
            run_job(job, self._machine(self.design()))

    def _contract(self) -> None:
        """A way back takes what the version added that was left."""
        self._run(self.release.left or self.release.job(CONTRACT))

    def _start(self, regions: tuple[str, ...]) -> None:
        """Where they do not stand yet; a start that was cut off is gone on with."""
        design = self.design()
        self.build(started(design, self.followed(design), regions))

    def _smoke(self, regions: tuple[str, ...]) -> None:
        design = self.design()
        parts = [part for part in self.canaries(design) if part.site in regions]
        machine = self._machine(design)
        smoke(parts, machine, command=self.smoke_test, paths=self.smoke_paths)

    def _finalise(self) -> None:
        """The stable replicas, idle by now, become the new version; then they get the traffic."""
        applied = self.design()
        if self.canaries(applied):
            self.build(settled(applied, self.followed(applied)))
            everybody = {part.site: 0 for part in applied.parts if isinstance(part, Gateway)}
            self.serve(everybody, until=time.time())
            self.build(without_canary(self.design(), self.release.service))

    def _remove(self) -> None:
        """Also what a start that failed has left: it was never written down as built."""
        self.build(without_canary(self.design(), self.release.service))
        supervisor = Supervisor(self.folder)
        left = supervisor.programs().keys()
        for part in self.followed(self.design()).canaries:
            if part.name in left:
                supervisor.remove(part.name)
                launch.delete(part, self.folder)
        Folder(self.folder).want(self.design(), self.source)  # the start had wanted more

    def build(self, design: Design) -> None:
        """As `up` does it. What is written down of the lease may be old: it is renewed first."""
        until = time.time() + self.lease_seconds
        design = leased(design, self.release.service, until=until)
        supervisor = Supervisor(self.folder)
        plan = compare(self.design(), design, self._ailing(design, supervisor))
        if not plan.is_empty:
            machine = self._machine(design)
            folder = Folder(self.folder)
            Build(
                machine=machine, folder=folder, supervisor=supervisor, report=lambda event: None
            ).run(plan)

    def _ailing(self, design: Design, supervisor: Supervisor) -> dict[str, str]:
        """New replicas that a start that was cut off left without a process."""
        rows = supervisor.programs()
        return {
            part.name: "does not run"
            for part in self.canaries(design)
            if part.name not in rows or rows[part.name].pid is None
        }

    def _usage(self, design: Design, canaries: list[Service]) -> dict[str, Usage]:
        """Where both versions stand; nothing when the file sets no limits."""
        if self.limits == NO_LIMITS:
            return {}
        scales = self._scales = self._scales or Scales(self.limits)
        rows = Supervisor(self.folder).programs()
        pids = {name: row.pid for name, row in rows.items() if row.pid is not None}
        stable = running_of(design, self.release.service)
        return {
            site: scales.usage(
                [part for part in canaries if part.site == site],
                [part for part in stable if part.site == site],
                pids,
            )
            for site in dict.fromkeys(part.site for part in canaries)
        }

    def _look(self, gateway: Gateway) -> Look | None:
        try:
            now = totals(gateway, self.release.service)
        except (OSError, ValueError, KeyError):
            self._before.pop(gateway.site, None)
            return None
        # The first look tells where the counters stand, not what happened.
        before = self._before.get(gateway.site, now)
        self._before[gateway.site] = now
        return grown(before, now, self.release.service, self._new, self.slow)

    def _served(self, gateway: Gateway) -> int | None:
        try:
            return served(gateway, self.release.service, CANARY)
        except (OSError, ValueError, KeyError):
            return None

    def _is_ready(self, part: Service) -> bool:
        try:
            return recipe_of(part).probe(part, self._machine(self.design())) is None
        except TargetError:
            return False

    def _old_runs(self, design: Design) -> bool:
        new = {part.name: part for part in self.followed(design).replicas}
        return any(part != new.get(part.name) for part in running_of(design, self.release.service))

    def followed(self, design: Design) -> Release:
        """The release, with as many replicas as the service has now."""
        return following(self.release, design)

    def canaries(self, design: Design) -> list[Service]:
        return [
            part
            for part in design.parts
            if isinstance(part, Service)
            and part.service == self.release.service
            and part.subset == CANARY
        ]

    def design(self) -> Design:
        applied = Folder(self.folder).applied()
        if applied is None:
            raise TargetError(
                part="release",
                doing="looking at what runs",
                why="nothing runs here",
                try_="groundplan up",
            )
        return applied

    def _machine(self, design: Design) -> Machine:
        return Machine(
            folder=self.folder, source=self.source, design=design, account=account_for_root()
        )


def _in_one_line(why: str) -> str:
    """What a program says comes last."""
    lines = [line.strip() for line in why.splitlines() if line.strip()]
    return lines[0] if len(lines) == 1 else f"{lines[0]} ... {lines[-1]}"


def _wait_until_taken(part: Gateway, machine: Machine) -> None:
    recipe = recipe_of(part)
    wait_until(lambda: recipe.probe(part, machine) is None, seconds=TAKEN_SECONDS)


def _share_in(before: Mapping[str, object], gateway: Gateway, service: str) -> int:
    known = before.get(gateway.name)
    return share(known, service) if isinstance(known, Gateway) else 0

"""Carries out a plan on this machine: creates and mends in parallel, changes one by one.

Order: what is new or down starts first (by needs), then changed parts are reloaded or restarted
(a service replica is drained before), then everybody's live files follow, and last the parts that
left the design are drained and stopped.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from graphlib import TopologicalSorter
from threading import Lock

from groundplan.design.design import Job
from groundplan.design.parts import AnyPart, Service
from groundplan.design.plan import Plan, Sign
from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.parts.service import run_job
from groundplan.targets.local.preflight import instances_more, ports_of, preflight
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Supervisor
from groundplan.targets.local.progress import Progress, Report, Stage
from groundplan.targets.local.recipe import Change

WORKERS = 8
POLL_SECONDS = 0.05
GIVE_UP_SECONDS = 8  # by then a command that ends at once has been started four times
DRAIN_SECONDS = 0.5  # Envoy sends nothing more 50 ms after DRAINING was written


class Build:
    """One run of a plan. Threads report, record and speak to the supervisor; each part has one."""

    def __init__(
        self,
        *,
        machine: Machine,
        folder: Folder,
        supervisor: Supervisor,
        report: Report,
        waits: bool = True,
    ) -> None:
        """Who does not wait leaves what it started to those who watch it."""
        self.machine = machine
        self.folder = folder
        self.supervisor = supervisor
        self._report = report
        self._waits = waits
        self._began = time.monotonic()
        self._lock = Lock()
        applied = folder.applied()
        self._built = {part.name: part for part in applied.parts} if applied else {}

    def run(self, plan: Plan) -> None:
        """Does all of it; TargetError names the first part that failed."""
        running = {name for name, row in self.supervisor.programs().items() if row.pid}
        parts = {part.name: part for part in self.machine.design.parts}
        acted = [parts[action.part] for action in plan.actions if action.sign is not Sign.DELETE]
        for part in acted:
            if part.name in running and recipe_of(part).why_down(part, self.machine):
                self.supervisor.stop(part.name)  # it is started again and again, in vain
                running.discard(part.name)
        down = [part for part in acted if part.name not in running]
        moving = [part for part in acted if self._moves(part)]
        standing = {
            part.name: self._built.get(part.name, part) for part in acted if part not in down
        }
        preflight(self.machine, [*down, *moving], more=instances_more(acted, standing))
        self.supervisor.ensure_up()
        self.folder.want(self.machine.design, self.machine.source)
        self._start_all(down)
        for part in acted:
            if part not in down:
                self._change(part)
        self._write_live_files()
        gone = [action.part for action in plan.actions if action.sign is Sign.DELETE]
        self._remove_all([self._built[name] for name in gone])
        self._save()

    def restart(self, name: str) -> None:
        """Starts a part of the design anew, with its files as they are to be; drained before."""
        self._restart(self.machine.design.part(name))

    def _moves(self, part: AnyPart) -> bool:
        """Whether a running part is about to listen somewhere else."""
        before = self._built.get(part.name, part)
        return ports_of(before) != ports_of(part)

    def _start_all(self, parts: list[AnyPart]) -> None:
        """Starts parts as soon as what they need is ready, several at a time.

        Stores that have data already start together: since a failover any of them may be the
        primary that the others wait for. Their needs order the first build only.
        """
        names = {part.name: part for part in parts}
        needed = {need for part in parts for need in part.needs}
        jobs = {job.name: job for job in self.machine.design.jobs if job.name in needed}
        for part in parts:
            self._tell(part, Stage.WAITING, "")
            launch.write(part, recipe_of(part), self.machine)
        self.supervisor.describe(
            launch.description(part, recipe_of(part), self.machine) for part in parts
        )
        todo = names | jobs
        waits: dict[str, tuple[str, ...]] = dict.fromkeys(jobs, ())
        waits |= {part.name: recipe_of(part).waits_for(part, self.machine) for part in parts}
        again = {
            part.name
            for part in parts
            if part.name in self._built and recipe_of(part).keeps_data and not waits[part.name]
        }
        for name in again:
            recipe_of(names[name]).prepare(names[name], self.machine)
            self.supervisor.start(name)
        graph = {
            name: [
                need
                for need in item.needs
                if need in todo and not (name in again and (need in again or waits[need]))
            ]
            for name, item in todo.items()
        }
        for name, primaries in waits.items():
            if primaries:
                graph[name] = [n for n in primaries if n in todo]
        _in_order(graph, lambda name: self._start_one(todo[name]))

    def _start_one(self, item: AnyPart | Job) -> None:
        if isinstance(item, Job):
            run_job(item, self.machine)
            return
        recipe = recipe_of(item)
        try:
            self._tell(item, Stage.PREPARING, "")
            recipe.prepare(item, self.machine)
            self._tell(item, Stage.STARTING, "")
            self.supervisor.start(item.name)
            if self._waits:
                self._wait_ready(item)
            recipe.settle(item, self.machine)
        except TargetError as error:
            self._tell(item, Stage.FAILED, error.why)
            self.supervisor.stop(item.name)
            raise
        self._record(item)

    def _change(self, part: AnyPart) -> None:
        """Brings a running part to its new facts with the smallest disturbance it allows."""
        recipe = recipe_of(part)
        if recipe.change is Change.RESTART or self._moves(part):
            self._restart(part)
            return
        self._tell(part, Stage.RELOADING, "")
        launch.write(part, recipe, self.machine)
        if recipe.needs_restart(part, self.machine):
            self._restart(part)
            return
        # Also when no file differs: a run that was killed here had written them already.
        if recipe.reload_signal:
            self.supervisor.signal(part.name, recipe.reload_signal)
        self._wait_ready(part)
        recipe.settle(part, self.machine)
        self._record(part)

    def _restart(self, part: AnyPart) -> None:
        self._tell(part, Stage.STOPPING, "to start it with its new facts")
        self._drain([part])
        self.supervisor.stop(part.name)
        recipe = recipe_of(part)
        launch.write(part, recipe, self.machine)
        self.supervisor.describe([launch.description(part, recipe, self.machine)])
        self._start_one(part)
        self._write_live_files()

    def _remove_all(self, parts: list[AnyPart]) -> None:
        self._drain(parts)
        for part in parts:
            self._tell(part, Stage.STOPPING, "it is no longer in the file")
            self.supervisor.remove(part.name)
            if not recipe_of(part).keeps_data:
                launch.delete(part, self.machine.folder)
            self._tell(part, Stage.REMOVED, "")
            with self._lock:
                del self._built[part.name]
                self._save()

    def _drain(self, parts: Iterable[AnyPart]) -> None:
        """Takes service replicas out of their gateways before they stop."""
        names = frozenset(part.name for part in parts if isinstance(part, Service))
        if not names:
            return
        self._write_live_files(draining=names)
        time.sleep(DRAIN_SECONDS)

    def _write_live_files(self, *, draining: frozenset[str] = frozenset()) -> None:
        machine = replace(self.machine, draining=draining)
        for part in machine.design.parts:
            launch.write(part, recipe_of(part), machine, live_only=True)

    def _wait_ready(self, part: AnyPart) -> None:
        recipe = recipe_of(part)
        began = time.monotonic()
        while (why := recipe.probe(part, self.machine)) is not None:
            passed = time.monotonic() - began
            if passed > recipe.ready_seconds or (passed > GIVE_UP_SECONDS and self._fails(part)):
                tail = launch.last_lines(part, self.machine.folder)
                raise TargetError(
                    part=part.name,
                    doing="waiting until it serves",
                    why=f"after {passed:.0f} s: {why}{tail}",
                    try_=f"groundplan logs {part.name}; then `groundplan up` goes on from here",
                    retry=True,
                )
            time.sleep(POLL_SECONDS)
        self._tell(part, Stage.READY, "")

    def _fails(self, part: AnyPart) -> bool:
        """Whether its command ends again and again instead of waiting for something."""
        row = self.supervisor.programs().get(part.name)
        return row is None or row.state in ("backoff", "fatal")

    def _tell(self, part: AnyPart, stage: Stage, message: str) -> None:
        seconds = time.monotonic() - self._began
        event = Progress(
            part=part.name,
            site=part.site,
            stage=stage,
            message=message,
            seconds=seconds,
        )
        with self._lock:
            self._report(event)

    def _record(self, part: AnyPart) -> None:
        with self._lock:
            self._built[part.name] = part
            self._save()

    def _save(self) -> None:
        """Writes down what is built now, so that the next run goes on from there."""
        order = {part.name: index for index, part in enumerate(self.machine.design.parts)}
        parts = sorted(self._built.values(), key=lambda part: order.get(part.name, len(order)))
        self.folder.record(replace(self.machine.design, parts=tuple(parts)))


def _in_order(graph: dict[str, list[str]], do: Callable[[str], None]) -> None:
    """Calls `do` for every name, needs first, several at a time; the first failure ends it."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    doing: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        while sorter.is_active():
            for name in sorter.get_ready():
                doing[pool.submit(do, name)] = name
            for future in wait(doing, return_when=FIRST_COMPLETED).done:
                name = doing.pop(future)
                if future.exception() is not None:
                    pool.shutdown(cancel_futures=True)
                future.result()
                sorter.done(name)

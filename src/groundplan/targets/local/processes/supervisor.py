"""The supervisor: one supervisord per platform, spoken to over its unix socket.

It keeps every part's command alive and its output in a rotated file. What a part *is* stays with
the recipes; here are only names, states and pids.
"""

import http.client
import os
import shutil
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.processes.programs import SYSTEM_PATHS
from groundplan.targets.local.processes.supervisord import CONFIG, Program, escaped, section, slug
from groundplan.targets.local.processes.unix_rpc import UnixTransport

SOCKET_PATH_MAX = 107  # sun_path in <sys/un.h>, less its closing zero
RESTART_SECONDS = 5.0  # supervisord starts a program that has died again within a second
_STAYS_DOWN = frozenset({"stopped", "stopping", "fatal", "unknown"})
# Parts start in the same small environment whoever starts them.
_ENVIRONMENT = {
    "PATH": ":".join((str(Path(sys.executable).parent), *SYSTEM_PATHS)),
    "HOME": os.environ.get("HOME", "/"),
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the supervisor knows of a program; `state` is supervisord's word in lower case."""

    name: str
    state: str
    pid: int | None
    since: float | None  # seconds since 1970
    why: str


class Supervisor:
    """The supervisord of one platform's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._socket = folder / "supervisor" / "supervisor.sock"
        self._held = folder / "supervisor" / "held"

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            self._call("supervisor.getState")
        except TargetError:
            return False
        return True

    def pid(self) -> int | None:
        """Its process id, or None when it does not answer."""
        try:
            return int(self._call("supervisor.getPID"))
        except TargetError:
            return None

    def ensure_up(self) -> bool:
        """Starts it unless it answers already; tells whether it had to."""
        if self.is_up():
            return False
        if len(str(self._socket).encode()) > SOCKET_PATH_MAX:
            raise TargetError(
                part="supervisor",
                doing="starting",
                why=f"its socket's path is longer than {SOCKET_PATH_MAX} bytes: {self._socket}",
                try_="set GROUNDPLAN_HOME to a folder with a shorter path",
            )
        (self.folder / "supervisor" / "parts.d").mkdir(parents=True, exist_ok=True)
        config = self.folder / "supervisor" / "supervisord.conf"
        write_if_changed(config, CONFIG.format(folder=escaped(str(self.folder))))
        self._socket.unlink(missing_ok=True)
        shutil.rmtree(self._held, ignore_errors=True)  # no drill outlives it
        daemon = Path(sys.executable).parent / "supervisord"
        result = subprocess.run(
            (sys.executable, "-W", "ignore", str(daemon), "-c", str(config)),
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if result.returncode != 0 or not wait_until(self.is_up, seconds=10):
            raise TargetError(
                part="supervisor",
                doing="starting",
                why=(result.stderr or result.stdout).strip()[-600:] or "it does not answer",
                try_=f"read {self.folder}/supervisor/supervisord.log",
            )
        return True

    def programs(self) -> dict[str, Running]:
        """Every program it knows, by part name; nothing when it is not up."""
        try:
            rows: list[dict[str, Any]] = self._call("supervisor.getAllProcessInfo")
        except TargetError:
            return {}
        return {row["name"].replace(".", "/", 1): _running(row) for row in rows}

    def keeps(self, name: str) -> bool:
        """Whether it starts a program again that has ended: it is to run, and tries go on."""
        row = self.programs().get(name)
        return row is not None and row.state not in _STAYS_DOWN

    def describe(self, programs: Iterable[Program]) -> None:
        """Makes programs known as described; one whose description changed is stopped first."""
        known = self.programs()
        new = []
        for program in programs:
            changed = write_if_changed(self._conf(program.name), section(program))
            if program.name in known and changed:
                self.remove(program.name, forget=False)
            if program.name not in known or changed:
                program.log.parent.mkdir(parents=True, exist_ok=True)
                new.append(program.name)
        if new:
            self._call("supervisor.reloadConfig")
        for name in new:
            self._call("supervisor.addProcessGroup", slug(name))

    def start(self, name: str) -> None:
        """Starts a known program; harmless when it runs. TargetError while it is held."""
        if self._hold(name).exists():
            raise TargetError(
                part=name,
                doing="starting it",
                why="a drill keeps it down",
                try_="wait until the drill has ended: `groundplan operations`",
                retry=True,
            )
        try:
            self._call("supervisor.startProcess", slug(name), False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise _refused(name, "starting", fault) from fault

    def stop(self, name: str, *, wait: bool = True) -> None:
        """Stops a program (and waits for its end); harmless when it does not run.

        supervisord refuses to stop one that has just died, and starts it again a moment later: that
        is waited for, since whoever stops a server wants it to stay down.
        """
        wait_until(lambda: self._is_stopped(name, wait), seconds=RESTART_SECONDS)

    def _is_stopped(self, name: str, wait: bool) -> bool:
        try:
            self._call("supervisor.stopProcess", slug(name), wait)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" in fault.faultString:
                row = self.programs().get(name)
                return row is None or row.state in _STAYS_DOWN
            if "BAD_NAME" not in fault.faultString:
                raise _refused(name, "stopping", fault) from fault
        return True

    def hold(self, name: str) -> None:
        """Nobody starts it until it is let go, as nobody can start a machine that is lost; a
        supervisor that is started anew holds nothing."""
        self._held.mkdir(exist_ok=True)
        self._hold(name).touch()

    def let_go(self, name: str) -> None:
        """It may be started again."""
        self._hold(name).unlink(missing_ok=True)

    def signal(self, name: str, signal: str) -> None:
        """Sends a signal by its short name, for example HUP."""
        try:
            self._call("supervisor.signalProcess", slug(name), signal)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise _refused(name, f"sending {signal} to it", fault) from fault

    def remove(self, name: str, *, forget: bool = True) -> None:
        """Stops a program and, when it is to be forgotten, deletes its description."""
        self.stop(name)
        try:
            self._call("supervisor.removeProcessGroup", slug(name))
        except xmlrpc.client.Fault as fault:
            if "BAD_NAME" not in fault.faultString:
                raise _refused(name, "removing", fault) from fault
        if forget:
            self._conf(name).unlink(missing_ok=True)

    def shut_down(self, *, seconds: float = 60) -> None:
        """Ends supervisord; its programs get their stop signals and their time."""
        pid = self.pid()
        if pid is None:
            return
        # A shutdown stops one group a second, even those that do not run: leave it none.
        for name in self.programs():
            self.remove(name, forget=False)
        self._call("supervisor.shutdown")
        if not wait_until(lambda: not _is_alive(pid), seconds=seconds):
            raise TargetError(
                part="supervisor",
                doing="shutting down",
                why=f"supervisord (process {pid}) is still there after {seconds:g} s",
                try_=f"read {self.folder}/supervisor/supervisord.log",
            )

    def _hold(self, name: str) -> Path:
        return self._held / slug(name)

    def _conf(self, name: str) -> Path:
        return self.folder / "supervisor" / "parts.d" / f"{slug(name)}.conf"

    def _call(self, method: str, *arguments: object) -> Any:
        """One XML-RPC call. A new connection each: calls come from several threads."""
        transport = UnixTransport(str(self._socket))
        try:
            with xmlrpc.client.ServerProxy("http://supervisor", transport=transport) as server:
                return getattr(server, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise TargetError(
                part="supervisor",
                doing=method.removeprefix("supervisor."),
                why=f"it does not answer: {error}",
                try_="groundplan up",
                retry=True,
            ) from error


def wait_until(is_true: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Polls until the condition holds or the time is up; tells which."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def _running(row: dict[str, Any]) -> Running:
    return Running(
        name=row["name"].replace(".", "/", 1),
        state=str(row["statename"]).lower(),
        pid=row["pid"] or None,
        since=float(row["start"]) if row["pid"] else None,
        why=str(row["spawnerr"] or row["description"]),
    )


def _refused(name: str, doing: str, fault: xmlrpc.client.Fault) -> TargetError:
    return TargetError(
        part=name,
        doing=doing,
        why=f"the supervisor says {fault.faultString}",
        try_=f"groundplan logs {name}",
    )


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

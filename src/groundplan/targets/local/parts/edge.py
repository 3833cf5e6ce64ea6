"""The edge: nginx in front of all regions. It steers, inspects, limits, and knows who stands in."""

import json
import os
import pwd
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from groundplan.design.parts import Edge
from groundplan.errors import TargetError
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import get
from groundplan.targets.local.parts.nginx.config import (
    MODULE,
    RULES,
    inspects,
    nginx_conf,
    run_script,
    version,
    waf_conf,
)
from groundplan.targets.local.primacy import home, isolated
from groundplan.targets.local.processes.programs import NGINX, PKILL, Program, find
from groundplan.targets.local.recipe import Change, Recipe

RUN = "run.sh"
_WORKERS_ACCOUNTS = ("www-data", "nobody")


class EdgeRecipe(Recipe[Edge]):
    """The platform's one door. A HUP makes nginx go on with new files, without a gap."""

    programs: ClassVar[tuple[Program, ...]] = (NGINX, PKILL)  # run.sh asks pgrep
    change: ClassVar[Change] = Change.RELOAD
    stop_signal: ClassVar[str] = "QUIT"  # requests that are under way are answered

    def command(self, part: Edge, machine: Machine) -> tuple[str, ...]:
        return ("/bin/sh", str(machine.directory(part) / RUN))

    def files(self, part: Edge, machine: Machine) -> tuple[File, ...]:
        part = _homed(part, machine)
        files = (
            File(path=RUN, text=run_script(part, nginx=find(NGINX)), mode=0o755),
            File(path="nginx.conf", text=nginx_conf(part, user=_workers_account())),
        )
        if not inspects(part.waf):
            return files
        required(part, MODULE, package="libnginx-mod-http-modsecurity")
        required(part, RULES, package="modsecurity-crs")
        return (File(path="waf.conf", text=waf_conf(part)), *files)

    def probe(self, part: Edge, machine: Machine) -> str | None:
        try:
            status, body = get(part.address, part.port, "/edge/healthz", seconds=1)
            runs_with = json.loads(body)["version"] if status == 200 else None
        except (OSError, ValueError, KeyError) as error:
            return f"{part.address}:{part.port} does not answer: {error}"
        if status != 200:
            return f"{part.address}:{part.port}/edge/healthz answers {status}"
        if runs_with != version(_homed(part, machine)):
            return "it still runs with the configuration that it had before"
        return None


def _homed(part: Edge, machine: Machine) -> Edge:
    """The edge as it stands since the last failover: home's gate first, none of isolated ones.

    One gate always stays: an edge without any would refuse to run.
    """
    region, shut = home(machine.folder), isolated(machine.folder)
    gates = sorted(part.gates, key=lambda gate: gate.region != region)
    open_ = [gate for gate in gates if gate.region not in shut]
    return replace(part, gates=tuple(open_ or gates))


def _workers_account() -> str | None:
    """Who the workers become: they have no need of root, and nginx would pick by its build."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _WORKERS_ACCOUNTS if name in known), None)


def required(part: Edge, path: Path, *, package: str) -> None:
    """TargetError with the package to install when the path is not there."""
    if not path.exists():
        raise TargetError(
            part=part.name,
            doing="looking for what the firewall (waf) needs",
            why=f"{path} is not on this machine",
            try_=f"sudo apt-get install {package}   (or `make setup`)",
        )

"""A data plane as a design, and real processes for it: for golden files and stories.

Two regions with a gateway each, an edge before them, and a shop with two versions behind them.
"""

import http.client
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from readers import Answer, answer_of
from stories.harness import within

from groundplan.design.design import Design, RegionDesign
from groundplan.design.parts import AnyPart, Edge, Gate, Gateway, Process, Service, Waf
from groundplan.design.routes import Route, Upstream, Weight
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.edge import EdgeRecipe
from groundplan.targets.local.parts.gateway import GatewayRecipe
from groundplan.targets.local.parts.service import ServiceRecipe
from groundplan.targets.local.processes import launch
from groundplan.targets.local.recipe import Recipe

EAST, WEST = "us-east-1", "eu-west-1"
EDGE = "global/edge"
GATEWAYS = (f"{EAST}/gateway", f"{WEST}/gateway")
STABLE = (f"{EAST}/shop-1", f"{EAST}/shop-2")
CANARY = f"{EAST}/shop-canary-1"
WEST_SHOP = f"{WEST}/shop-1"
RECIPES: dict[type[AnyPart], Recipe] = {
    Edge: EdgeRecipe(),
    Gateway: GatewayRecipe(),
    Service: ServiceRecipe(),
}
OPEN = Waf()
_TESTS = Path(__file__).parent
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def data_plane(network: str = "127.60", *, canary_percent: int = 10, waf: Waf = OPEN) -> Design:
    """The whole of it; every part on an address of its own in 127.60.0.0/16 or another network."""
    gateways = tuple(
        _gateway(site, f"{network}.{index}.1", canary_percent)
        for index, site in enumerate((EAST, WEST))
    )
    gates = tuple(Gate(region=g.site, address=g.address, port=g.port) for g in gateways)
    edge = Edge(name=EDGE, site="global", address=f"{network}.9.9", port=8080, gates=gates, waf=waf)
    return Design(
        platform="shop",
        environment="dev",
        entry=f"{edge.address}:{edge.port}",
        regions=(
            RegionDesign(name=EAST, geography="americas", role="primary"),
            RegionDesign(name=WEST, geography="emea", role="secondary"),
        ),
        parts=(
            edge,
            *gateways,
            shop(STABLE[0], f"{network}.10.1"),
            shop(STABLE[1], f"{network}.10.2"),
            shop(CANARY, f"{network}.10.3", subset="canary"),
            shop(WEST_SHOP, f"{network}.11.1"),
        ),
    )


def shop(name: str, address: str, *, subset: str = "stable") -> Service:
    """One replica."""
    return Service(
        name=name,
        site=name.partition("/")[0],
        address=address,
        service="shop",
        subset=subset,
        version="2.0" if subset == "canary" else "1.9",
        port=8080,
        process=Process(
            command=("python", "tiny_service.py", address, "8080", name),
            workdir=".",
            environment=(),
        ),
        live_path="/healthz",
        ready_path="/readyz",
        metrics_path=None,
        drain_seconds=1,
    )


def _gateway(site: str, address: str, canary_percent: int) -> Gateway:
    weights = (
        Weight(subset="stable", percent=100 - canary_percent),
        Weight(subset="canary", percent=canary_percent),
    )
    return Gateway(
        name=f"{site}/gateway",
        site=site,
        address=address,
        upstreams=(Upstream(service="shop", subsets=("stable", "canary"), ready_path="/readyz"),),
        routes=(Route(prefix="/api", service="shop", weights=weights),),
    )


def weighted(design: Design, gateway: str, canary_percent: int) -> Design:
    """The design with another share for the canary in one region."""
    old = design.part(gateway)
    new = _gateway(old.site, old.address, canary_percent)
    return replace(design, parts=tuple(new if part == old else part for part in design.parts))


def machine_in(folder: Path, design: Design) -> Machine:
    """A machine whose services start in this folder of tests."""
    return Machine(folder=folder, source=_TESTS, design=design, account=None)


@dataclass(kw_only=True)
class Plane:
    """Starts parts the way a supervisor does, and ends them by their process ids."""

    machine: Machine
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def part(self, name: str) -> Any:
        return self.machine.design.part(name)

    def recipe(self, name: str) -> Recipe:
        return RECIPES[type(self.part(name))]

    def file(self, name: str, path: str) -> Path:
        return self.machine.directory(self.part(name)) / path

    def log(self, name: str) -> Path:
        return self.machine.folder / f"{name.replace('/', '.')}.log"

    def write(self, *, draining: frozenset[str] = frozenset()) -> None:
        """Writes the live files of all gateways, as a target does."""
        machine = replace(self.machine, draining=draining)
        for name in GATEWAYS:
            launch.write(self.part(name), self.recipe(name), machine, live_only=True)

    def turn_into(self, design: Design) -> None:
        """From now on another design holds."""
        self.machine = replace(self.machine, design=design)
        self.write()

    def start(self, *names: str) -> None:
        """Starts parts with their start scripts, each in a group of its own as supervisord does."""
        for name in names:
            part, recipe = self.part(name), self.recipe(name)
            launch.write(part, recipe, self.machine)
            recipe.prepare(part, self.machine)
            with self.log(name).open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    ("/bin/sh", self.file(name, launch.START)),
                    env=_ENVIRONMENT,
                    process_group=0,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        for name in names:
            self.ready(name)

    def why_not(self, name: str) -> str | None:
        return self.recipe(name).probe(self.part(name), self.machine)

    def ready(self, name: str) -> float:
        return within(60, f"{name} serves", lambda: self.why_not(name) is None)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.processes[name].pid, number)

    def kill(self, name: str) -> None:
        """kill -9 of the part's own process."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(timeout=60)

    def stop(self, *names: str) -> None:
        for name in names:
            process, recipe = self.processes.pop(name), self.recipe(name)
            process.send_signal(signal.Signals[f"SIG{recipe.stop_signal}"])
            process.wait(timeout=recipe.stop_seconds)

    def ask(
        self,
        name: str,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """One request to a part; x_region="..." is a header."""
        part = self.part(name)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        connection = http.client.HTTPConnection(part.address, part.port, timeout=15)
        try:
            connection.request(method, path, body=body, headers=named)
            return answer_of(connection.getresponse())
        finally:
            connection.close()

    def names(self, via: str, count: int, **headers: str) -> Counter[str]:
        """Who answered so many requests."""
        return Counter(self.ask(via, "/api/x", **headers).told["name"] for _ in range(count))


@contextmanager
def plane(waf: Waf = OPEN) -> Iterator[Plane]:
    """A data plane in a folder of its own, with addresses of its own; nothing of it stays."""
    # Not under pytest's folder: nginx's workers run under an account of their own.
    folder = Path(tempfile.mkdtemp(prefix="gpdp-"))
    folder.chmod(0o755)
    plane = Plane(machine=machine_in(folder, data_plane(f"127.{60 + os.getpid() % 40}", waf=waf)))
    try:
        yield plane
    finally:
        for process in plane.processes.values():
            process.terminate()
        for name, process in plane.processes.items():
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f"{name} did not obey TERM") from None
        shutil.rmtree(folder)

"""The gateway: a region's Envoy. It follows its files, so no change of the design restarts it."""

import json
from pathlib import Path
from typing import ClassVar

from groundplan.design.parts import Gateway
from groundplan.targets.local.files import File, Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.envoy.bootstrap import bootstrap
from groundplan.targets.local.parts.envoy.clusters import clusters, endpoints
from groundplan.targets.local.parts.envoy.listener import listeners, routes
from groundplan.targets.local.parts.envoy.shape import CLUSTERS, LISTENERS, ROUTES, version_in
from groundplan.targets.local.parts.http import get, why_not
from groundplan.targets.local.processes.programs import ENVOY, Program, find
from groundplan.targets.local.recipe import Change, Recipe

BOOTSTRAP = "envoy.yaml"
_VERSIONS = "/stats?format=json&type=TextReadouts&filter=version_text"


class GatewayRecipe(Recipe[Gateway]):
    """One region's gateway."""

    programs: ClassVar[tuple[Program, ...]] = (ENVOY,)
    change: ClassVar[Change] = Change.RELOAD
    reload_signal: ClassVar[str] = ""  # it watches its files

    def command(self, part: Gateway, machine: Machine) -> tuple[str, ...]:
        return (
            str(find(ENVOY)),
            "--config-path",
            BOOTSTRAP,
            # One thread serves some 15,000 requests/s; the regions share this machine's cores.
            "--concurrency",
            "1",
            # Its successor starts after it has ended: no shared memory, no parent to talk to.
            "--disable-hot-restart",
            "--log-level",
            "warn",
            "--file-flush-interval-msec",
            "1000",
        )

    def files(self, part: Gateway, machine: Machine) -> tuple[File, ...]:
        """In the order in which Envoy must meet them: a route's cluster, a cluster's endpoints."""
        live = (
            *endpoints(part, machine),
            (CLUSTERS, clusters(part)),
            (ROUTES, routes(part)),
            (LISTENERS, listeners(part)),
        )
        return (
            File(path=BOOTSTRAP, text=bootstrap(part)),
            *(File(path=path, text=text, reading=Reading.LIVE) for path, text in live),
        )

    def instances(self, part: Gateway) -> int:
        clusters = sum(len((*each.subsets, *each.ways.sides)) for each in part.upstreams)
        return len((CLUSTERS, LISTENERS, ROUTES)) + clusters  # one for each file that it follows

    def probe(self, part: Gateway, machine: Machine) -> str | None:
        why = why_not(part.address, part.admin_port, "/ready", seconds=1)
        if why is not None:
            return why
        try:
            taken = _versions_taken(part)
        except OSError as error:
            return f"its admin port does not tell what it runs: {error}"
        # What is on disk counts: while a part drains it is not what the design says.
        folder = machine.directory(part)
        late = [
            file.path
            for file in self.files(part, machine)
            if file.reading is Reading.LIVE and _version(folder / file.path) not in taken
        ]
        return f"it has not taken {', '.join(late)} (yet)" if late else None


def _versions_taken(part: Gateway) -> frozenset[str]:
    """The versions of all resources that Envoy runs with."""
    status, body = get(part.address, part.admin_port, _VERSIONS, seconds=1)
    if status != 200:
        raise OSError(f"it answers {status}")
    return frozenset(row["value"] for row in json.loads(body)["stats"] if "value" in row)


def _version(path: Path) -> str | None:
    try:
        return version_in(path.read_text())
    except FileNotFoundError:
        return None

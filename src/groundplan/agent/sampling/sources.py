"""Everybody whom the agent asks, for one design: all at the same time, each within a bound."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from groundplan.agent.sampling.postgres import SECRET, PostgresClient
from groundplan.agent.sampling.probes import edge_probe
from groundplan.agent.sampling.prometheus import PrometheusClient
from groundplan.agent.sampling.seen import Away, RegionMetrics, Server, Share
from groundplan.design.design import Design
from groundplan.design.parts import Postgres, Prometheus
from groundplan.ports.folder import SECRETS

Looked = tuple[tuple[RegionMetrics | Away, ...], Share, tuple[Server | Away, ...]]


class Sources:
    """The clients for one design; they keep their connections."""

    def __init__(self, design: Design, folder: Path) -> None:
        self.design = design
        self._regions = tuple(
            PrometheusClient(part.site, part.address, part.port)
            for part in design.parts
            if isinstance(part, Prometheus)
        )
        servers = [part for part in design.parts if isinstance(part, Postgres)]
        password = (folder / SECRETS / SECRET).read_text() if servers else ""
        self._servers = tuple(
            PostgresClient(part.name, part.address, part.port, password) for part in servers
        )
        self._edge = edge_probe(design)
        # One thread for each: one that hangs until its bound keeps nobody else waiting.
        self._pool = ThreadPoolExecutor(max_workers=len(self._regions) + len(servers) + 1)

    def look(self, now: float) -> Looked:
        """What each says now."""
        regions = [self._pool.submit(region.look, now) for region in self._regions]
        servers = [self._pool.submit(server.look) for server in self._servers]
        probes = self._edge.look() if self._edge else Share()
        return (
            tuple(region.result() for region in regions),
            probes,
            tuple(server.result() for server in servers),
        )

    def close(self) -> None:
        """Ends all connections."""
        self._pool.shutdown()
        for region in self._regions:
            region.close()
        for server in self._servers:
            server.close()
        if self._edge:
            self._edge.close()

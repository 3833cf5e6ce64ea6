"""Asks through the edge, as a user does, for a path of every service that has a route."""

from groundplan import __version__
from groundplan.agent.sampling.line import Line
from groundplan.agent.sampling.seen import Share
from groundplan.design.design import Design
from groundplan.design.parts import Edge, Gateway, Service
from groundplan.design.routes import Route

SECONDS = 2
SERIES = "probes through the edge"
HEADERS = {"User-Agent": f"groundplan-agent/{__version__}", "Accept": "*/*"}


class EdgeProbe:
    """The platform's door and the paths behind it."""

    def __init__(self, edge: Edge, paths: tuple[str, ...]) -> None:
        self.paths = paths
        self._line = Line(edge.address, edge.port, seconds=SECONDS)

    def look(self) -> Share:
        """One probe of each path: a failure is no answer in time, or one that says 5xx."""
        return Share(good=sum(map(self._is_served, self.paths)), total=len(self.paths))

    def close(self) -> None:
        """Ends its connection."""
        self._line.close()

    def _is_served(self, path: str) -> bool:
        try:
            status, _ = self._line.get(path, HEADERS)
        except OSError:
            return False
        return status < 500


def edge_probe(design: Design) -> EdgeProbe | None:
    """The probe of a design; None when no route leads through an edge."""
    edge = next((part for part in design.parts if isinstance(part, Edge)), None)
    paths = probe_paths(design)
    return EdgeProbe(edge, paths) if edge and paths else None


def probe_paths(design: Design) -> tuple[str, ...]:
    """For each service: its readiness, its liveness, or a route's prefix, what is routed first."""
    gateway = next((part for part in design.parts if isinstance(part, Gateway)), None)
    routes = gateway.routes if gateway else ()
    paths: dict[str, str] = {}
    for route in routes:
        wanted = (*_health_paths(design, route.service), route.prefix)
        routed = (path for path in wanted if _leads(path, routes) == route.service)
        paths.setdefault(route.service, next(routed, route.prefix))
    return tuple(paths.values())


def _health_paths(design: Design, service: str) -> tuple[str, ...]:
    for part in design.parts:
        if isinstance(part, Service) and part.service == service:
            return part.ready_path, part.live_path
    return ()


def _leads(path: str, routes: tuple[Route, ...]) -> str | None:
    """The service that a path is routed to; the most specific route stands first."""
    return next((route.service for route in routes if path.startswith(route.prefix)), None)

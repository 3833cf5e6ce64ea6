"""The way of a request: edge, gateways, routes and weights."""

from collections.abc import Iterator

from groundplan.design.addresses import address
from groundplan.design.objectives import GATEWAY, objectives
from groundplan.design.parts import Edge, Gate, Gateway, PartKind, Service, Waf
from groundplan.design.regions import NumberedRegion
from groundplan.design.routes import Route, Upstream, Weight
from groundplan.design.tracing import link
from groundplan.spec.load import Source
from groundplan.spec.mesh import HttpRule

GATEWAY_PORT = 8080
STABLE = "stable"


def gateway(source: Source, region: NumberedRegion, replicas: tuple[Service, ...]) -> Gateway:
    """A region's gateway. It starts after the replicas so that ready means: it serves."""
    return Gateway(
        name=f"{region.name}/gateway",
        site=region.name,
        address=address(
            source.platform.local.network, region=region.number, kind=PartKind.GATEWAY, number=1
        ),
        needs=tuple(replica.name for replica in replicas),
        port=GATEWAY_PORT,
        upstreams=tuple(
            Upstream(service=name, subsets=(STABLE,), ready_path=service.health.ready)
            for name, service in source.platform.services.items()
        ),
        routes=routes(source),
        time_edges_ms=tuple(
            each.limit_seconds * 1000
            for each in objectives(source)
            if each.limit_seconds is not None and GATEWAY in each.total
        ),
        traces=link(source),
    )


def routes(source: Source) -> tuple[Route, ...]:
    """The file's routes, most specific first; without any, the first service takes everything.

    Until a release runs there is only the stable subset, so it gets all of a route's weight.
    """
    found = {route.prefix: route for route in _mesh_routes(source)}
    if not found and source.platform.services:
        first = next(iter(source.platform.services))
        found["/"] = _route("/", first)
    return tuple(sorted(found.values(), key=lambda route: (-len(route.prefix), route.prefix)))


def notes(source: Source) -> Iterator[str]:
    """What the file says of traffic that this design leaves out."""
    for virtual, item in _items(source):
        if not item.route:
            yield f"mesh route {virtual}: a match without a route leads nowhere"
        for target in item.route:
            if target.destination.host not in source.platform.services:
                yield f"mesh route {virtual}: no service is called {target.destination.host}"
            elif target.destination.subset not in (None, STABLE) and target.weight:
                yield (
                    f"mesh route {virtual}: {target.weight} % for the subset "
                    f"{target.destination.subset} wait for a release; stable gets them until then"
                )


def edge(source: Source, gateways: tuple[Gateway, ...]) -> Edge:
    """The one door in front of all regions; the first gateway is the default."""
    host, _, port = str(source.platform.local.entry).rpartition(":")
    return Edge(
        name="global/edge",
        site="global",
        address=host,
        needs=tuple(part.name for part in gateways),
        port=int(port),
        gates=tuple(
            Gate(region=part.site, address=part.address, port=part.port) for part in gateways
        ),
        waf=_waf(source),
    )


def _waf(source: Source) -> Waf:
    rules = source.platform.waf.rules if source.platform.waf else ()
    blocking = {rule.type: rule for rule in rules if rule.action == "block"}
    limit = blocking.get("rate_limit")
    threshold = limit.threshold if limit else None
    return Waf(
        sqli="sqli" in blocking,
        xss="xss" in blocking,
        rate_requests=int(threshold.amount) if threshold else 0,
        rate_seconds=int(threshold.window.seconds) if threshold else 0,
    )


def _mesh_routes(source: Source) -> Iterator[Route]:
    for _, item in _items(source):
        hosts = [
            target.destination.host
            for target in item.route
            if target.destination.host in source.platform.services
        ]
        prefixes = [match.uri.prefix or match.uri.exact or "/" for match in item.match]
        for prefix in prefixes or ["/"]:
            if hosts:
                yield _route(prefix, hosts[0])


def _items(source: Source) -> Iterator[tuple[str, HttpRule]]:
    for virtual in source.platform.mesh.routes if source.platform.mesh else ():
        for item in virtual.http:
            yield virtual.name, item


def _route(prefix: str, service: str) -> Route:
    return Route(prefix=prefix, service=service, weights=(Weight(subset=STABLE, percent=100),))

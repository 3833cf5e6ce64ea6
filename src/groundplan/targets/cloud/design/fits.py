"""What keeps a platform from being rendered, found before a byte is written."""

from collections.abc import Iterator, Sequence

from groundplan.design.cloud_findings import Rule
from groundplan.design.regions import regions
from groundplan.errors import Finding
from groundplan.spec.load import Source
from groundplan.targets.cloud.design.edge import MANAGED, has_region_firewall, managed
from groundplan.targets.cloud.design.sites import (
    ENVIRONMENTS_MAX,
    REGIONS_MAX,
    ZONES,
    Atlas,
    environment_of,
    room,
)
from groundplan.targets.cloud.design.standby import has_azure

RDS, ELASTICACHE = "an RDS server", "an ElastiCache group"
# What AWS and Kubernetes allow, less what we add to a name.
LIMITS = {
    "an EKS cluster": 100,
    RDS: 63 - len("-replica-1"),
    ELASTICACHE: 40,
    "an IAM role": 64 - len("-karpenter"),
}
SERVICE_NAME_MAX = 63 - len("-preview")


def findings(sources: Sequence[Source], atlas: Atlas) -> Iterator[Finding]:
    """Everything that does not fit, of every environment; each thing once."""
    first = sources[0]
    yield from _provider(first)
    yield from _repository(first)
    yield from _room(sources)
    told = set()
    for source in sources:
        for finding in _of(source, atlas):
            if (finding.rule, finding.message) not in told:
                told.add((finding.rule, finding.message))
                yield finding


def _of(source: Source, atlas: Atlas) -> Iterator[Finding]:
    yield from _zones(source, atlas)
    yield from _names(source)
    yield from _images(source)
    yield from _machines(source, atlas)
    yield from _managed_rules(source)
    yield from _origin(source)


def _finding(
    source: Source, rule: Rule, path: str, message: str, *, why: str, try_: str
) -> Finding:
    return Finding(
        rule=rule, message=message, why=why, try_=try_, place=source.place(path), path=path
    )


def _provider(source: Source) -> Iterator[Finding]:
    written = source.platform.providers
    if written and written.primary.casefold() not in ("aws", "amazon web services"):
        yield _finding(
            source,
            Rule.OTHER_CLOUD,
            "providers.primary",
            f"{written.primary} cannot be rendered as the primary cloud",
            why="clusters, databases and networks are rendered for AWS",
            try_='primary: "AWS"',
        )


def _repository(source: Source) -> Iterator[Finding]:
    if source.platform.cloud.repository is None:
        yield _finding(
            source,
            Rule.NO_REPOSITORY,
            "cloud.repository",
            "the file does not say which git repository the clusters follow",
            why="every cluster applies what is in git, and nothing else",
            try_="cloud: {repository: https://github.com/you/platform.git}",
        )


def _managed_rules(source: Source) -> Iterator[Finding]:
    written = source.platform.waf
    for index, name in enumerate(written.managed_rules if written else ()):
        if managed(name) is None:
            yield _finding(
                source,
                Rule.UNKNOWN_RULES,
                f"waf.managed_rules[{index}]",
                f'no set of rules is known as "{name}"',
                why="a firewall names such a set by a number or a name of its own",
                try_=f"one with these words in its name: {', '.join(MANAGED)}",
            )


def _origin(source: Source) -> Iterator[Finding]:
    """A check that is asked for and not rendered would be believed in."""
    written = source.platform.vpc_security
    check = written.origin_check if written else None
    if check is None or source.platform.cloud.domain is None:
        return
    path, try_ = "vpc_security.origin_check", "origin_check: client_certificate"
    if check != "client_certificate":
        message = f"a check by {check} is not rendered"
        why = "a header's value would stand in git or in a state; a tunnel needs another edge root"
    elif has_region_firewall(source.platform):
        message = "the region's firewall needs a balancer that does not ask for a certificate"
        why = "it ends TLS itself, and the gateway behind it never sees the edge's certificate"
        try_ = "waf: {runs_at: edge}, whose rules are the same, or no origin_check"
    else:
        return
    yield _finding(source, Rule.UNCHECKED_ORIGIN, path, message, why=why, try_=try_)


def _room(sources: Sequence[Source]) -> Iterator[Finding]:
    first = sources[0]
    network = first.platform.cloud.network
    places = max(len(regions(source)) for source in sources)
    most = REGIONS_MAX - has_azure(first.platform)
    if places > most:
        yield _finding(
            first,
            Rule.NO_ROOM,
            "regions",
            f"{places} regions do not fit into an environment's {REGIONS_MAX} blocks, {most} do",
            why="each region gets a /16 of its own, so that any two can be joined",
            try_="name fewer regions",
        )
    blocks = room(network)
    most = min(ENVIRONMENTS_MAX, blocks // REGIONS_MAX)
    if len(sources) > most:
        yield _finding(
            first,
            Rule.NO_ROOM,
            "cloud.network",
            f"{len(sources)} environments need {len(sources) * REGIONS_MAX} blocks of 65,536"
            f" addresses; from {network} to the end of its private range there are {blocks}",
            why=f"each environment has room for {REGIONS_MAX} regions, so that one that comes later"
            " moves no other",
            try_="network: 10.0.0.0/16"
            if len(sources) <= ENVIRONMENTS_MAX
            else f"name no more than {ENVIRONMENTS_MAX} environments",
        )


def _zones(source: Source, atlas: Atlas) -> Iterator[Finding]:
    for geography, pair in source.platform.regions.items():
        for side, name in zip(("primary", "secondary"), pair.names, strict=False):
            path = f"regions.{geography}.{side}"
            zones = atlas.zones(name)
            if zones is None:
                yield _finding(
                    source,
                    Rule.UNKNOWN_REGION,
                    path,
                    f"{name} is not a region of AWS that is known here",
                    why="a region decides about zones, sizes and prices",
                    try_="a region such as eu-central-1; a new one is a line in facts/regions.csv",
                )
            elif len(zones) < ZONES:
                yield _finding(
                    source,
                    Rule.FEW_ZONES,
                    path,
                    f"{name} has {len(zones)} zones, {ZONES} are needed",
                    why="replicas, subnets and quorums are spread over three zones",
                    try_="a region with three zones",
                )


def _names(source: Source) -> Iterator[Finding]:
    """Of what a site has, the one that takes the shortest name."""
    platform, environment = source.platform, environment_of(source)
    has = {RDS: platform.primary_database, ELASTICACHE: platform.cache_layer}
    what, limit = min(
        ((what, limit) for what, limit in LIMITS.items() if has.get(what, True)),
        key=lambda each: each[1],
    )
    for region in regions(source):
        name = f"{platform.platform}-{environment}-{region.name}"
        if len(name) > limit:
            left = limit - len(name) + len(platform.platform)
            yield _finding(
                source,
                Rule.NAME_TOO_LONG,
                "platform",
                f'"{name}" has {len(name)} characters, the name of {what} at most {limit}',
                why="AWS refuses longer ones, and cut names meet",
                try_=f"a name of the platform with at most {left} characters"
                if left > 0
                else "a shorter name of the environment",
            )
    for service in platform.services:
        if len(service) > SERVICE_NAME_MAX:
            yield _finding(
                source,
                Rule.NAME_TOO_LONG,
                f"services.{service}",
                f'"{service}" has {len(service)} characters, at most {SERVICE_NAME_MAX} fit',
                why="Kubernetes allows 63, and the sides of a release add their own word",
                try_="a shorter name of the service",
            )


def _images(source: Source) -> Iterator[Finding]:
    for name, written in source.platform.services.items():
        if not written.image:
            yield _finding(
                source,
                Rule.NOTHING_TO_RUN,
                f"services.{name}",
                f"{name} has no image",
                why="a cluster runs images, and a command is for this machine alone",
                try_=f"image: {source.platform.platform}/{name}",
            )


def _machines(source: Source, atlas: Atlas) -> Iterator[Finding]:
    everywhere = tuple(region.name for region in regions(source))
    for path, machine, places in _sizes(source):
        if atlas.processors(machine) is None:
            yield _finding(
                source,
                Rule.NOT_OFFERED,
                path,
                f"{machine} is not a size that is known here",
                why="a slip would only be seen when it is applied",
                try_="another size, or a line in facts/instances.csv beside this file",
            )
            continue
        for region in places or everywhere:
            if not atlas.is_offered(machine, region):
                yield _finding(
                    source,
                    Rule.NOT_OFFERED,
                    path,
                    f"{machine} is not known to be offered in {region}",
                    why="the price book has it in most regions, and not in this one",
                    try_="another size, or its price there in facts/prices.csv beside this file",
                )


def _sizes(source: Source) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every size that the file names, with its key and the regions it is for (none: all)."""
    platform, environment = source.platform, environment_of(source)
    home = (regions(source)[0].name,)
    if environment in platform.environments:
        kind = platform.environments[environment].instance_type
        yield f"environments.{environment}.instance_type", kind, ()
    if platform.spot_instances:
        base = "spot_instances.diversification.instance_types"
        named = platform.spot_instances.diversification.instance_types
        yield from ((f"{base}[{index}]", name, ()) for index, name in enumerate(named))
    database = platform.primary_database
    if database and database.instance_class:
        yield "primary_database.instance_class", database.instance_class, home
    replicas = database.read_replicas if database else None
    if replicas and replicas.instance_class:
        path = "primary_database.read_replicas.instance_class"
        yield path, replicas.instance_class, replicas.regions
    if platform.cache_layer and platform.cache_layer.node_type:
        yield "cache_layer.node_type", platform.cache_layer.node_type, ()
    search = platform.logging.elasticsearch if platform.logging else None
    if search and search.instance_type:
        yield "logging.elasticsearch.instance_type", search.instance_type, ()

"""Rules of access lists: what has to talk inside and out must be let through, both ways."""

from collections.abc import Iterator

from groundplan.checks.reading import counted, listed, products
from groundplan.checks.rule import Problem, rule
from groundplan.checks.security.flows import (
    EPHEMERAL,
    Listed,
    admits,
    allowed,
    is_for_answers,
    is_inside,
    is_public,
    list_path,
    nacls,
)
from groundplan.checks.security.zones import zones
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

ANSWERS = f"{EPHEMERAL[0]}-{EPHEMERAL[1]}"


@rule(
    "SEC001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="An access list that lets a request through must let its answer through as well.",
    why="access lists keep no state: the connection opens and then hangs until it times out",
    source="Elastic Load Balancing guide, network ACLs of load balancers",
)
def answers_come_back(subject: Subject) -> Iterator[Problem]:
    for subnet, nacl in nacls(subject.platform).items():
        if not nacl.inbound or not nacl.outbound:
            continue  # SEC002
        for asked in allowed(subnet, nacl, "inbound"):
            if not is_for_answers(asked.ports) and not admits(nacl.outbound, EPHEMERAL, asked.peer):
                yield _no_answer(subject, asked, "outbound", "destination", str(asked.peer))
                break
        for asking in allowed(subnet, nacl, "outbound"):
            if not is_for_answers(asking.ports) and not admits(
                nacl.inbound, EPHEMERAL, None if is_inside(asking.peer) else asking.peer
            ):
                yield _no_answer(subject, asking, "inbound", "source", str(asking.peer))
                break
        else:
            yield from _no_answer_from_inside(subject, subnet)


def _no_answer(subject: Subject, of: Listed, way: str, end: str, peer: str) -> Problem:
    verb = "leave for" if way == "outbound" else "come in from"
    return Problem(
        path=list_path(of.subnet, way),
        also=(of.path,),
        message=f"{of.subnet} lets port {of.rule.port_range or '0-65535'} pass"
        f" {'in' if of.direction == 'inbound' else 'out'}, but the answers, which {verb} {peer}"
        f" on {ANSWERS}, are dropped",
        try_=f'allow tcp {ANSWERS} {way}, {end}: "{peer}"',
        facts=_ephemeral(subject),
    )


def _no_answer_from_inside(subject: Subject, subnet: str) -> Iterator[Problem]:
    """Answers to what this subnet asks of a server in another subnet of the platform."""
    lists = nacls(subject.platform)
    if not is_public(subnet, lists[subnet]):
        return
    for other, nacl in lists.items():
        for served in allowed(other, nacl, "inbound") if other != subnet else ():
            if not is_inside(served.peer) or is_for_answers(served.ports):
                continue
            asking = [
                each
                for each in allowed(subnet, lists[subnet], "outbound")
                if each.ports[0] <= served.ports[0] and served.ports[1] <= each.ports[1]
            ]
            if asking and not admits(lists[subnet].inbound, EPHEMERAL, None):
                yield Problem(
                    path=list_path(subnet, "inbound"),
                    also=(asking[0].path, served.path),
                    message=f"{subnet} asks {other} on port {served.rule.port_range}, and the"
                    f" answers come back on {ANSWERS}, which {subnet} does not let in",
                    try_=f"allow tcp {ANSWERS} inbound from the platform's own network",
                    facts=_ephemeral(subject),
                )
                return


def _ephemeral(subject: Subject) -> tuple[str, ...]:
    row = subject.facts.limit("nacl.ephemeral.first")
    return (str(row.fact),) if row else ()


@rule(
    "SEC002",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="An access list with rules for one direction needs rules for the other.",
    why="a direction without rules drops everything, answers too: nothing behind it works",
    source="AWS VPC guide, network ACLs",
)
def both_directions_have_rules(subject: Subject) -> Iterator[Problem]:
    for subnet, nacl in nacls(subject.platform).items():
        for way, missing in (("inbound", "outbound"), ("outbound", "inbound")):
            passing = list(allowed(subnet, nacl, way))
            if passing and not getattr(nacl, missing):
                ports = listed(each.rule.port_range or "0-65535" for each in passing)
                peers = listed(dict.fromkeys(str(each.peer) for each in passing))
                end, side = ("to", "destination") if missing == "outbound" else ("from", "source")
                yield Problem(
                    path=f"vpc_security.nacls.{subnet}",
                    also=tuple(each.path for each in passing),
                    message=f"{subnet} lets {ports} pass {way} and has 0 {missing} rules: every"
                    f" answer {end} {peers} is dropped",
                    try_=f'add {missing}: allow tcp {ANSWERS}, {side}: "{passing[0].peer}"',
                )


@rule(
    "SEC003",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="The access lists must let the declared components reach each other.",
    why="what lies in different zones lies in different subnets: half of the calls are dropped",
    source="AWS VPC guide, network ACLs and Reachability Analyzer",
)
def components_reach_each_other(subject: Subject) -> Iterator[Problem]:
    lists = nacls(subject.platform)
    inner = {name: nacl for name, nacl in lists.items() if not is_public(name, nacl)}
    count, where = zones(subject.platform)
    if not inner or count < 2:
        return
    closed = [
        (what, port, path)
        for what, port, path in _listening(subject.platform)
        if not any(
            admits(nacl.inbound, (port, port), None, protocol)
            for nacl in inner.values()
            for protocol in (("tcp", "udp") if port == 53 else ("tcp",))
        )
    ]
    if closed:
        name, nacl = next(iter(inner.items()))
        passing = [each.rule.port_range or "0-65535" for each in allowed(name, nacl, "inbound")]
        shown = listed(f"{what} ({port})" for what, port, _ in closed)
        yield Problem(
            path=list_path(name, "inbound"),
            also=(*dict.fromkeys(path for *_, path in closed), where),
            message=f"{name} lets in {listed(passing or ['nothing'])}, and the platform runs in"
            f" {count} zones; from one to the next these cannot be reached: {shown}",
            try_="allow all inbound from the range of the private subnets, or each of these ports",
        )


def _listening(platform: Platform) -> Iterator[tuple[str, int, str]]:
    """What inside is called by others, its port and its key."""
    if platform.primary_database:
        yield "PostgreSQL", 5432, "primary_database"
    if platform.cache_layer:
        yield "Redis", 6379, "cache_layer"
    jobs = platform.prometheus.scrape_configs if platform.prometheus else ()
    for index, job in enumerate(jobs):
        targets = [target for config in job.static_configs for target in config.targets]
        for port in sorted({int(target.rpartition(":")[2]) for target in targets}):
            yield job.job_name, port, f"prometheus.scrape_configs[{index}]"
    storage = platform.jaeger.storage if platform.jaeger else None
    if storage and storage.elasticsearch:
        nodes = storage.elasticsearch.nodes
        for port in sorted({int(node.rpartition(":")[2]) for node in nodes}):
            yield "Elasticsearch", port, "jaeger.storage.elasticsearch.nodes"
    logs = platform.logging.elasticsearch if platform.logging else None
    if logs and not logs.instance_type:  # a managed one is behind 443
        yield "Elasticsearch", 9200, "logging.elasticsearch"
    if platform.mesh:
        yield "the mesh's control plane", 15_012, "mesh"
    if platform.mesh or platform.autoscaling:
        cluster = "mesh" if platform.mesh else "autoscaling"
        yield "the cluster's DNS", 53, cluster
        yield "kubelet", 10_250, cluster


@rule(
    "SEC004",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The subnet with the NAT gateway must let HTTPS out to what the platform calls.",
    why="images cannot be pulled and secrets cannot be read, so no new replica starts",
    source="AWS VPC guide, NAT gateways and network ACLs",
)
def https_goes_out(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    called = [path for _, path in products(platform, "registry|secret")]
    called += [f"services.{name}.image" for name, each in platform.services.items() if each.image]
    if not called or (platform.vpc_security and platform.vpc_security.endpoints):
        return
    for subnet, nacl in nacls(platform).items():
        rules = [each for each in allowed(subnet, nacl, "outbound") if not is_inside(each.peer)]
        goes_out = any(each.ports[0] <= 443 <= each.ports[1] for each in rules)
        if is_public(subnet, nacl) and nacl.outbound and not goes_out:
            ports = listed(str(each.rule.port_range) for each in rules) if rules else "nothing"
            yield Problem(
                path=list_path(subnet, "outbound"),
                also=tuple(called[:4]),
                message=f"{subnet} lets {ports} out to the internet but not 443, where the"
                " registry and the store of secrets are",
                try_='allow tcp "443" outbound, destination: "0.0.0.0/0", or name the private'
                " endpoints in vpc_security.endpoints",
            )


@rule(
    "SEC005",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Load balancers in every zone must be let in, not those of one subnet alone.",
    why="a subnet lies in one zone: the balancers of the others reach no replica",
    source="Elastic Load Balancing guide, subnets of a load balancer",
)
def balancers_of_all_zones_are_let_in(subject: Subject) -> Iterator[Problem]:
    count, where = zones(subject.platform)
    ports = {service.port for service in subject.platform.services.values()}
    fewest = subject.facts.limit("alb.subnets.min")
    for subnet, nacl in nacls(subject.platform).items():
        if count < 2 or is_public(subnet, nacl):
            continue
        serving = [
            each
            for each in allowed(subnet, nacl, "inbound")
            if is_inside(each.peer) and not is_for_answers(each.ports)
            if not ports or any(each.ports[0] <= port <= each.ports[1] for port in ports)
        ]
        # A zone's subnet has at least 256 addresses in practice.
        room = sum(2 ** max(0, 24 - peer.prefixlen) for peer in {each.peer for each in serving})
        if serving and room < count:
            yield Problem(
                path=f"{serving[0].path}.source",
                also=(where,),
                message=f"{subnet} lets in {listed(str(each.peer) for each in serving)}, which is"
                f" {counted(room, 'subnet')}, and the platform runs in {count} zones",
                try_=f"let in the public subnets of all {count} zones, or a range that holds them",
                facts=(str(fewest.fact),) if fewest else (),
            )

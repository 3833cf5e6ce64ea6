"""Rules of the edge and the web application firewall: who is let in, and who counts as one."""

import math
from collections.abc import Iterator

from groundplan.checks.reading import counted, listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.security.flows import WEB, allowed, nacls
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.waf import WafRule
from groundplan.units import Rate

EDGE = "providers.edge"
OPEN_BITS = 8  # a range with fewer is a good part of the internet


@rule(
    "SEC006",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Behind an edge, the platform itself must take requests from that edge alone.",
    why="whoever knows the origin's address goes around the edge, its firewall and its limits",
    source="Cloudflare, Protect your origin server; CIS Controls 12",
)
def origin_takes_the_edge_alone(subject: Subject) -> Iterator[Problem]:
    providers, security = subject.platform.providers, subject.platform.vpc_security
    if providers is None or not providers.edge or security is None or security.origin_check:
        return
    for subnet, nacl in nacls(subject.platform).items():
        for each in allowed(subnet, nacl, "inbound"):
            ports = [port for port in WEB if each.ports[0] <= port <= each.ports[1]]
            if each.peer.prefixlen < OPEN_BITS and ports:
                yield Problem(
                    path=f"{each.path}.source",
                    also=(EDGE,),
                    message=f"{subnet} takes port {listed(map(str, ports))} from {each.peer},"
                    f" everybody, though {providers.edge} stands in front",
                    try_=f"name the ranges of {providers.edge} as source, or add"
                    " vpc_security.origin_check: client_certificate",
                )


def _limits(subject: Subject) -> Iterator[tuple[str, WafRule, Rate]]:
    """The rate limits that count by address, with their keys."""
    waf = subject.platform.waf
    for index, each in enumerate(waf.rules if waf else ()):
        if each.threshold and each.threshold.per_second and each.action == "block":
            yield f"waf.rules[{index}]", each, each.threshold


@rule(
    "SEC007",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A limit for one address must leave room for the users who share an address.",
    why="an office behind one address is blocked as an attacker, all its people at once",
    source="AWS WAF developer guide, rate-based rules",
)
def offices_fit_into_the_limit(subject: Subject) -> Iterator[Problem]:
    kpis, sharing = subject.platform.kpis, subject.figures.users_per_address
    rate = kpis.scalability.requests_per_second if kpis else None
    users = kpis.scalability.concurrent_users if kpis else None
    if not rate or not users or not rate.value or not users.value:
        return
    each_user = rate.value / users.value
    for path, limit, threshold in _limits(subject):
        served = threshold.per_second / each_user
        if limit.aggregate_by == "session" or served >= sharing.value:
            continue
        needed = sharing.value * each_user * threshold.window.seconds
        yield Problem(
            path=f"{path}.threshold",
            also=("kpis.scalability.requests_per_second", "kpis.scalability.concurrent_users"),
            message=f"{threshold} for one address are {threshold.per_second:.3g}/s; a user sends"
            f" {each_user:.3g}/s ({rate} / {users}), so {served:.1f} users behind one address"
            f" reach it, and {sharing.value:,.0f} may sit there",
            try_=f"count by session (aggregate_by: session), or allow {needed:,.0f}"
            f" requests/{threshold.window}",
            assumes=sharing.assumes,
        )


@rule(
    "SEC008",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Behind an edge, a limit must count the client's address and not the edge's.",
    why="all users come from the edge's few addresses: the limit blocks everybody, or nobody",
    source="AWS WAF developer guide, forwarded IP addresses",
)
def limits_count_clients(subject: Subject) -> Iterator[Problem]:
    providers, waf, kpis = (
        subject.platform.providers,
        subject.platform.waf,
        subject.platform.kpis,
    )
    if providers is None or not providers.edge or waf is None or waf.runs_at == "edge":
        return
    rate = kpis.scalability.requests_per_second if kpis else None
    for path, limit, threshold in _limits(subject):
        if limit.aggregate_by != "address":
            continue
        load = ""
        if rate:
            peers = math.ceil(round(rate.value / threshold.per_second, 6))
            load = f"; {rate} requests/s pass only if they come from {peers:,} such addresses"
        yield Problem(
            path=f"{path}.threshold",
            also=(EDGE, *(("kpis.scalability.requests_per_second",) if rate else ())),
            message=f"{threshold} are counted for each address, and behind {providers.edge} every"
            f" address is one of the edge's{load}",
            try_="add aggregate_by: forwarded_address to this rule, or waf.runs_at: edge",
        )


@rule(
    "SEC016",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A firewall needs a place, maintained rules, a limit for bodies and a trial period.",
    why="a few rules of one's own miss known attacks, and a new one blocks users on its first day",
    source="OWASP Core Rule Set; AWS WAF developer guide, testing and tuning",
)
def firewall_has_its_basics(subject: Subject) -> Iterator[Problem]:
    waf, providers = subject.platform.waf, subject.platform.providers
    edge = providers.edge if providers else None
    if waf is None or not waf.rules:
        return
    basics = {
        f"runs_at (the platform or {edge})": waf.runs_at or not edge,
        "managed_rules": waf.managed_rules,
        "body_limit": waf.body_limit,
        "count_first": waf.count_first,
    }
    missing = [name for name, given in basics.items() if not given]
    body = subject.facts.limit("waf.body.bytes")
    if missing:
        yield Problem(
            path="waf",
            also=(EDGE,) if edge else (),
            message=f"beside {counted(len(waf.rules), 'rule')} of its own waf lacks"
            f" {len(missing)} of {len(basics)} basics: {listed(missing)}",
            try_='add runs_at: region, managed_rules: ["OWASP CRS 4"], body_limit: 8KiB,'
            " count_first: 7 days",
            facts=(str(body.fact),) if body and not waf.body_limit else (),
        )

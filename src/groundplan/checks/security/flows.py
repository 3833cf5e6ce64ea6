"""What access lists let through. They keep no state: an answer needs a rule like any packet.

The lowest number that fits decides. A packet's peer is a range of addresses, or None for "some
address inside": then a rule counts that is for inside addresses at all, so that a file with
ranges that nothing names is not accused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from groundplan.spec.network import InboundRule, Nacl, OutboundRule
from groundplan.spec.platform import Platform

Network = IPv4Network | IPv6Network
Ports = tuple[int, int]
Rule = InboundRule | OutboundRule

INSIDE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
EPHEMERAL: Ports = (1024, 65_535)  # where answers go; facts: nacl.ephemeral.first and .last
WEB = (80, 443)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rule of an access list with where it stands."""

    subnet: str
    direction: str  # "inbound" or "outbound"
    index: int
    rule: Rule

    @property
    def path(self) -> str:
        """Its place in the file."""
        return f"{list_path(self.subnet, self.direction)}[{self.index}]"

    @property
    def ports(self) -> Ports:
        """The ports that it is for."""
        return ports_of(self.rule)

    @property
    def peer(self) -> Network:
        """The addresses that it is for."""
        return peer_of(self.rule)


def list_path(subnet: str, direction: str) -> str:
    """The place of one direction of a subnet's access list."""
    return f"vpc_security.nacls.{subnet}.{direction}"


def nacls(platform: Platform) -> Mapping[str, Nacl]:
    """The access lists by subnet."""
    return platform.vpc_security.nacls if platform.vpc_security else {}


def allowed(subnet: str, nacl: Nacl, direction: str) -> Iterator[Listed]:
    """The rules that let TCP packets through, in the order of the file."""
    rules: Sequence[Rule] = nacl.inbound if direction == "inbound" else nacl.outbound
    for index, rule in enumerate(rules):
        if rule.action == "allow" and rule.protocol in ("tcp", "all"):
            yield Listed(subnet=subnet, direction=direction, index=index, rule=rule)


def ports_of(rule: Rule) -> Ports:
    """The first and the last port of a rule."""
    if rule.port_range is None:
        return (0, 65_535)
    first, _, last = rule.port_range.partition("-")
    return (int(first), int(last or first))


def peer_of(rule: Rule) -> Network:
    """The addresses that a rule is for."""
    return ip_network(rule.source if isinstance(rule, InboundRule) else rule.destination)


def admits(
    rules: Sequence[Rule], ports: Ports, peer: Network | None, protocol: str = "tcp"
) -> bool:
    """Whether packets may pass on these ports, but for those that a rule denies on purpose."""
    undecided, is_open = [ports], False
    for rule in sorted(rules, key=lambda rule: rule.rule):
        if rule.protocol not in (protocol, "all") or not _is_for(peer_of(rule), peer):
            continue
        left = [part for span in undecided for part in _without(span, ports_of(rule))]
        is_open = is_open or (rule.action == "allow" and left != undecided)
        undecided = left
    return is_open and not undecided


def is_inside(network: Network) -> bool:
    """Whether these are addresses of a private network."""
    return any(_covers(private, network) for private in INSIDE)


def is_public(subnet: str, nacl: Nacl) -> bool:
    """Whether a subnet is the one that clients reach: by its name, or as it takes web requests."""
    if "private" in subnet or "public" in subnet:
        return "public" in subnet
    return any(
        not is_inside(each.peer) and any(first <= port <= last for port in WEB)
        for each in allowed(subnet, nacl, "inbound")
        for first, last in [each.ports]
        if (first, last) != (0, 65_535)
    )


def is_for_answers(ports: Ports) -> bool:
    """Whether a rule's ports are those that answers go to, and no server's."""
    return ports[0] >= EPHEMERAL[0] and ports[1] - ports[0] > 10_000


def _is_for(network: Network, peer: Network | None) -> bool:
    if peer is not None:
        return _covers(network, peer)
    return network.prefixlen == 0 or any(network.overlaps(private) for private in INSIDE)


def _covers(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _without(span: Ports, cut: Ports) -> Iterator[Ports]:
    """What is left of a span of ports."""
    if span[0] < cut[0]:
        yield (span[0], min(span[1], cut[0] - 1))
    if span[1] > cut[1]:
        yield (max(span[0], cut[1] + 1), span[1])

"""`vpc_security`: which packets may pass, by subnet and direction."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from groundplan.spec.section import Section, Text, once, refuse


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise refuse(
            "SPEC016",
            f'"{value[:80]}" is not a range of addresses',
            "a range is an address, a slash and how many bits of it count; the other bits are zero",
            _range_meant(value),
        ) from error
    return value


def _range_meant(value: str) -> str:
    try:
        return f'did you mean "{ipaddress.ip_network(value, strict=False)}"?'
    except ValueError:
        return "write it like 10.0.1.0/24"


def _port_range(value: str) -> str:
    first, dash, last = value.partition("-")
    numbers = [first, last] if dash else [first]
    is_short = all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers)
    ports = [int(number) for number in numbers] if is_short else []
    if not ports or max(ports) > 65_535 or ports != sorted(ports):
        raise refuse(
            "SPEC005",
            f'"{value[:80]}" is not a range of ports',
            "ports are 0 to 65535, the lower one first",
            'write it like "443" or "1024-65535"',
        )
    return value


Network = Annotated[Text, AfterValidator(_network)]
PortRange = Annotated[Text, AfterValidator(_port_range)]


class NaclRule(Section):
    """One rule; the lowest number that fits decides."""

    rule: Annotated[int, Field(strict=True, ge=1, le=32_766)]
    protocol: Literal["tcp", "udp", "icmp", "all"]
    port_range: PortRange | None = None
    action: Literal["allow", "deny"]


class InboundRule(NaclRule):
    """A rule for packets that come in."""

    source: Network


class OutboundRule(NaclRule):
    """A rule for packets that go out."""

    destination: Network


class Nacl(Section):
    """The rules of one subnet. What no rule allows is dropped."""

    inbound: Annotated[tuple[InboundRule, ...], once("rule")] = ()
    outbound: Annotated[tuple[OutboundRule, ...], once("rule")] = ()


class VpcSecurity(Section):
    """Network access lists, by subnet. `origin_check`: how requests past the edge are told."""

    nacls: Mapping[Text, Nacl] = Field(default_factory=dict)
    origin_check: Literal["client_certificate", "shared_header", "tunnel"] | None = None
    endpoints: tuple[Text, ...] = ()  # services that are reached without leaving the network

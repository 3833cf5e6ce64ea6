"""What access lists let through: order, denials, ranges, both versions of IP."""

from ipaddress import ip_network

import pytest

from groundplan.checks.security.flows import admits, is_for_answers, is_inside, is_public
from groundplan.spec.network import InboundRule, Nacl

ANYWHERE = ip_network("0.0.0.0/0")
OFFICE = ip_network("203.0.113.0/24")


def rule(number: int, ports: str | None, source: str, action: str = "allow") -> InboundRule:
    return InboundRule.model_validate(
        {
            "rule": number,
            "protocol": "tcp" if ports else "all",
            "port_range": ports,
            "source": source,
            "action": action,
        }
    )


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ([rule(10, "443", "0.0.0.0/0")], True),
        ([rule(10, None, "0.0.0.0/0")], True),
        ([rule(10, "443", "203.0.0.0/16")], True),
        ([rule(10, "443", "203.0.113.0/28")], False),
        ([rule(10, "80", "0.0.0.0/0")], False),
        ([rule(20, "443", "0.0.0.0/0"), rule(10, "443", "0.0.0.0/0", "deny")], False),
        ([rule(10, "443", "0.0.0.0/0"), rule(20, "443", "0.0.0.0/0", "deny")], True),
        ([rule(10, "443", "::/0")], False),
        ([], False),
    ],
)
def test_lowest_number_that_fits_decides(rules: list[InboundRule], passes: bool) -> None:
    assert admits(rules, (443, 443), OFFICE) is passes


def test_ranges_of_several_rules_add_up() -> None:
    rules = [rule(10, "1024-9999", "0.0.0.0/0"), rule(20, "10000-65535", "0.0.0.0/0")]
    assert admits(rules, (1024, 65_535), ANYWHERE)
    assert not admits(rules[:1], (1024, 65_535), ANYWHERE)


def test_a_port_that_is_denied_on_purpose_closes_no_range() -> None:
    rules = [rule(10, "3389", "0.0.0.0/0", "deny"), rule(20, "1024-65535", "0.0.0.0/0")]
    assert admits(rules, (1024, 65_535), ANYWHERE)


def test_an_unknown_inside_address_needs_a_rule_for_inside_addresses() -> None:
    assert admits([rule(10, "5432", "10.0.2.0/24")], (5432, 5432), None)
    assert not admits([rule(10, "5432", "203.0.113.0/24")], (5432, 5432), None)


@pytest.mark.parametrize(
    ("network", "inside"),
    [("10.1.0.0/16", True), ("203.0.113.0/24", False), ("fd00::/8", True), ("0.0.0.0/0", False)],
)
def test_private_ranges_are_inside(network: str, inside: bool) -> None:
    assert is_inside(ip_network(network)) is inside


@pytest.mark.parametrize(
    ("ports", "answers"),
    [((1024, 65_535), True), ((32_768, 60_999), True), ((8080, 8080), False), ((0, 65_535), False)],
)
def test_answers_go_to_a_wide_range_of_high_ports(ports: tuple[int, int], answers: bool) -> None:
    assert is_for_answers(ports) is answers


@pytest.mark.parametrize(
    ("name", "ports", "source", "public"),
    [
        ("public_subnet", "22", "10.0.0.0/16", True),
        ("private_subnet", "443", "0.0.0.0/0", False),
        ("front", "443", "173.245.48.0/20", True),
        ("front", "443", "10.0.0.0/16", False),
        ("data", "1024-65535", "0.0.0.0/0", False),
    ],
)
def test_clients_reach_the_public_subnet(name: str, ports: str, source: str, public: bool) -> None:
    assert is_public(name, Nacl(inbound=(rule(10, ports, source),))) is public

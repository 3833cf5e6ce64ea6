"""Counters of a gateway: what they grew by, whoever restarted."""

from dataclasses import replace

from groundplan.ports.releases import Counts
from groundplan.targets.local.delivery.counters import Totals, grown

OLD, NEW = "127.0.0.1", "127.0.0.2"
BEFORE = Totals(
    requests={("shop/stable", OLD): 100, ("shop/canary", NEW): 10},
    failed={("shop/stable", OLD): 1, ("shop/canary", NEW): 2},
    times={
        ("shop/canary", 0.2): 8,
        ("shop/canary", 0.5): 9,
        ("shop/canary", float("inf")): 10,
    },
)
NOW = Totals(
    requests={("shop/stable", OLD): 195, ("shop/canary", NEW): 15},
    failed={("shop/stable", OLD): 1, ("shop/canary", NEW): 3},
    times={
        ("shop/canary", 0.2): 9,
        ("shop/canary", 0.5): 13,
        ("shop/canary", float("inf")): 15,
    },
)


def test_growth_is_what_happened() -> None:
    look = grown(BEFORE, NOW, "shop", {NEW}, (None, 0.5, 0.2))
    assert look.canary == Counts(5, (1, 1, 4))
    assert look.stable == Counts(95, (0, 0, 0))


def test_a_limit_between_two_edges_is_the_lower_one() -> None:
    assert grown(BEFORE, NOW, "shop", {NEW}, (0.3,)).canary.bad == (4,)


def test_a_gateway_that_restarted_counts_from_zero() -> None:
    again = replace(NOW, requests={("shop/canary", NEW): 4}, failed={("shop/canary", NEW): 1})
    assert grown(BEFORE, again, "shop", {NEW}, (None,)).canary == Counts(4, (1,))


def test_a_stable_replica_that_stands_in_for_the_canary_is_stable() -> None:
    lent = replace(NOW, requests={**NOW.requests, ("shop/canary", OLD): 7})
    look = grown(BEFORE, lent, "shop", {NEW}, (None,))
    assert (look.canary.requests, look.stable.requests) == (5, 102)


def test_more_cannot_be_bad_than_there_were() -> None:
    slow = replace(NOW, times={("shop/canary", float("inf")): 99})
    assert grown(BEFORE, slow, "shop", {NEW}, (0.5,)).canary == Counts(5, (5,))

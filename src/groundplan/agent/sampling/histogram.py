"""Quantiles of Prometheus histograms: added up over regions, read as Prometheus reads them."""

import math
from collections.abc import Iterable

from groundplan.agent.sampling.seen import Buckets


def added(histograms: Iterable[Buckets]) -> Buckets:
    """One histogram of all. Where bounds differ only those that all of them have are kept."""
    filled = [buckets for buckets in histograms if buckets]
    if not filled:
        return {}
    bounds = set(filled[0]).intersection(*filled[1:])
    return {bound: sum(buckets[bound] for buckets in filled) for bound in sorted(bounds)}


def without_fastest(buckets: Buckets, count: float) -> Buckets:
    """The histogram less its `count` fastest: what is left is never shown as faster than it is."""
    return {bound: max(0.0, below - count) for bound, below in buckets.items()}


def total(buckets: Buckets) -> float:
    """How many it counts."""
    return max(buckets.values(), default=0.0)


def quantile(buckets: Buckets, share: float) -> float | None:
    """The value that `share` of all are at most; infinity when it is beyond the last bound.

    Inside a bucket values are taken as evenly spread. None for an empty histogram.
    """
    count = total(buckets)
    if count <= 0:
        return None
    rank = share * count
    lower, before = 0.0, 0.0
    for bound, below in sorted(buckets.items()):
        if below >= rank:
            if math.isinf(bound) or below == before:
                return bound
            inside = lower + (bound - lower) * (rank - before) / (below - before)
            return min(inside, bound)  # rounding may lead beyond it
        lower, before = bound, below
    return math.inf

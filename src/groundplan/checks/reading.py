"""What rules of several families read out of a platform: its home region, its products, and words
for lengths of time and lists."""

import re
from collections.abc import Iterable, Iterator, Mapping

from groundplan.spec.platform import Platform

_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min"), (1, 1, "s"))


def home(platform: Platform) -> str:
    """The region that writes: the first geography's primary."""
    return next(iter(platform.regions.values())).primary


def partner(platform: Platform) -> str | None:
    """The region that takes over from the home region."""
    return next(iter(platform.regions.values())).secondary


def region_paths(platform: Platform) -> Mapping[str, str]:
    """Every region of the platform, with its key."""
    return {
        name: f"regions.{geography}.{side}"
        for geography, pair in platform.regions.items()
        for side, name in (("primary", pair.primary), ("secondary", pair.secondary))
        if name
    }


def primaries(platform: Platform) -> Mapping[str, str]:
    """Each geography's primary, with its key."""
    return {pair.primary: f"regions.{name}.primary" for name, pair in platform.regions.items()}


def products(platform: Platform, pattern: str) -> Iterator[tuple[str, str]]:
    """The products of the technology stack whose use or name fits, with their keys."""
    for area, uses in platform.technology_stack.items():
        for use, product in uses.items():
            if re.search(pattern, f"{use}: {product}", re.IGNORECASE):
                yield product, f"technology_stack.{area}.{use}"


def span(seconds: float) -> str:
    """A length of time for a message: "24 h", "43.2 min", "5 s"."""
    for least, unit, word in _UNITS:
        if seconds >= least:
            amount = f"{seconds / unit:,.1f}".removesuffix(".0")
            return f"{amount} day" if amount == "1" and word == "days" else f"{amount} {word}"
    return f"{seconds * 1000:.0f} ms" if seconds else "0 s"


def listed(words: Iterable[str]) -> str:
    """Words as a sentence has them: "a, b and c"; "none" where there are none."""
    *most, last = tuple(words) or ("none",)
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, noun: str) -> str:
    """A number of things: "1 region", "2 regions"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

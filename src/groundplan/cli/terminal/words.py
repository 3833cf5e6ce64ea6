"""Numbers as people say them."""

import math


def counted(number: int, thing: str) -> str:
    """1 part, 2 parts."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """The text without what could steer a terminal: files and programs may hold anything."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def lasted(seconds: float) -> str:
    """0.4 s, 12 s, 3 min, 2 h, 4 d."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    for unit, size, limit in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < limit * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def amount(value: float, unit: str) -> str:
    """A promise's number: 43 ms, 99.95%, 5,120/s, 278 kB/s, $9,800."""
    match unit:
        case "s":
            return f"{value * 1000:.0f} ms" if value < 1 else lasted(value)
        case "ratio":
            # Cut, not rounded: 99.99996% is not 100%.
            return f"{math.floor(round(value * 1e6, 3)) / 1e4:g}%"
        case "1/s":
            return f"{value:,.1f}/s" if value < 10 else f"{value:,.0f}/s"
        case "USD":
            return f"${value:,.2f}".removesuffix(".00")
        case "B" | "B/s":
            return _bytes(value) + unit.removeprefix("B")
        case "users":
            return f"{value:,.0f}"
        case _:
            return f"{value:g} {unit}"


def _bytes(value: float) -> str:
    for prefix in ("", "k", "M", "G"):
        if value < 1000:
            return f"{value:.0f} {prefix}B"
        value /= 1000
    return f"{value:,.0f} TB"

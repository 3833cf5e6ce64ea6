"""Numbers as people say them."""


def counted(number: int, thing: str) -> str:
    """1 part, 2 parts."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def lasted(seconds: float) -> str:
    """0.4 s, 12 s, 3 min, 2 h, 4 d."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    for unit, size, limit in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < limit * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"

"""The classes of logs: what tells how long a record is kept."""

from dataclasses import dataclass

CLASSES = ("application", "security", "audit", "debug")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogClass:
    """A class of logs: how long it is kept ("" for ever), and the filters on its way."""

    name: str  # "audit"
    keep: str  # "7 years"
    filters: tuple[str, ...]

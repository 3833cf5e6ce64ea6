"""The text of a secret: sent on, looked into for one address, never shown. Pure."""

import json
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit


class Hidden(str):
    """Text that does not show itself in a message or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(not shown)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """A secret after its address was looked at. `text` is None when nothing has to be written;
    `host` is where it led, which is no secret."""

    text: Hidden | None
    host: str
    why_not: str = ""


def led(text: str, key: str, names: tuple[str, ...], to: str) -> Led:
    """Lets the address under a key lead to another server, if it leads to one of these now.

    RDS calls a server "name.code.region.rds.amazonaws.com"; a lost region tells no address."""
    try:
        values = json.loads(text)
        url = urlsplit(values[key])
        host = url.hostname or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        return Led(text=None, host="", why_not=f"it has no {key} that is an address")
    if host == to.casefold():
        return Led(text=None, host=host)
    if host.partition(".")[0] not in names or ".rds." not in host:
        return Led(text=None, host=host, why_not=f"{key} leads to {host}, no server of these")
    moved = json.dumps({**values, key: urlunsplit(_moved(url, to))})
    return Led(text=Hidden(moved), host=host)


def _moved(url: SplitResult, to: str) -> SplitResult:
    """User and password stay as they are written, whatever signs are in them."""
    user, at, _ = url.netloc.rpartition("@")
    port = f":{url.port}" if url.port else ""
    return url._replace(netloc=f"{user}{at}{to}{port}")

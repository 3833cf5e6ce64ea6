"""libpq's URL for several servers, taken apart into one address per server.

asyncpg reads such URLs too, but gives all servers together one connect timeout: a hung first
server would hide the healthy second.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_OURS = frozenset(("target_session_attrs", "connect_timeout", "application_name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    """host:port, what two URLs that mean the same server agree on."""
    dsn: str


def addresses_of(url: str) -> tuple[Address, ...]:
    """The servers of a URL in its order, each once; none for an empty URL."""
    if not url:
        return ()
    parts = urlsplit(url)
    credentials, at, servers = parts.netloc.rpartition("@")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in _OURS])
    named = {_with_port(server): None for server in servers.split(",") if server}
    return tuple(
        Address(
            name=name,
            dsn=urlunsplit(("postgresql", f"{credentials}{at}{name}", parts.path, query, "")),
        )
        for name in named
    )


def _with_port(server: str) -> str:
    _, colon, port = server.rpartition(":")
    return server if colon and port.isdecimal() else f"{server}:5432"

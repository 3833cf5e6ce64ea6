"""What the exporters share: one that answers but cannot see its server is not healthy."""

from groundplan.design.parts import PostgresExporter, RedisExporter
from groundplan.targets.local.parts.http import get

SECONDS = 2


def why_blind(part: PostgresExporter | RedisExporter, *, sees: str) -> str | None:
    """None when its metrics hold the line `sees`, else one sentence."""
    try:
        status, body = get(part.address, part.port, "/metrics", SECONDS)
    except OSError as error:
        return f"{part.address}:{part.port} does not answer: {error}"
    if status != 200:
        return f"{part.address}:{part.port}/metrics answers {status}"
    if sees not in body.splitlines():
        return f"it cannot see its server {part.server}:{part.server_port}"
    return None

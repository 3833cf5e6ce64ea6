"""One HTTP question to a part, for probes: a new connection, a bound on the time, no redirects."""

import http.client
import json

BODY_BYTES_MAX = 4 * 1024 * 1024  # an answer of no end is no answer


def get(address: str, port: int, path: str, seconds: float) -> tuple[int, str]:
    """The answer's status and body; OSError when there is none."""
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(BODY_BYTES_MAX).decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()


def why_not(address: str, port: int, path: str, seconds: float = 2) -> str | None:
    """None when the answer is a success, else one sentence for a recipe's probe."""
    try:
        status, body = get(address, port, path, seconds)
    except OSError as error:
        return f"{address}:{port} does not answer: {error}"
    if 200 <= status < 300:
        return None
    return f"{address}:{port}{path} answers {status}: {body.strip()[:120]}"


def trouble(address: str, port: int, seconds: float = 2) -> str | None:
    """The first trouble that one of groundplan's own parts tells of itself at /healthz."""
    try:
        status, body = get(address, port, "/healthz", seconds)
    except OSError as error:
        return f"{address}:{port} does not answer: {error}"
    if status != 200:
        return f"it answers {status}"
    troubles: dict[str, str] = json.loads(body)["troubles"]
    return next(iter(troubles.values()), None)

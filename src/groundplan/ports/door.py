"""The agent's door: HTTP over a socket file in the platform's folder."""

import http.client
import socket
from pathlib import Path

from groundplan.ports.folder import AGENT_SOCKET


def ask_agent(
    folder: Path, path: str, *, seconds: float, body: bytes | None = None
) -> tuple[int, bytes]:
    """What the agent of a platform answers: status and body; OSError when there is no answer.

    With a body it is a POST, else a GET.
    """
    connection = _Door(folder / AGENT_SOCKET, seconds)
    method = "GET" if body is None else "POST"
    headers = {"Connection": "close", "Content-Type": "application/json"}
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()


class _Door(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

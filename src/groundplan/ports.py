"""What a target and the agent agree on: the files in a platform's folder, and the agent's door."""

import http.client
import socket
from pathlib import Path

DESIGN = "design.json"  # what is to run; the target writes it, the agent reads it
LEDGER = "ledger.sqlite"
SECRETS = "secrets"
AGENT_SOCKET = "agent.sock"
AGENT_LOCK = "agent.lock"
SOCKET_PATH_MAX = 107  # sun_path in <sys/un.h>, less its closing zero


def ask_agent(folder: Path, path: str, *, seconds: float) -> tuple[int, bytes]:
    """What the agent of a platform answers: status and body; OSError when there is no answer."""
    connection = _Door(folder / AGENT_SOCKET, seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
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

"""A kept HTTP connection to one server, for questions that are asked again and again."""

import http.client


class Line:
    """GET over one connection. A server may close it between two questions; that is no failure."""

    def __init__(self, address: str, port: int, *, seconds: float) -> None:
        self._connection = http.client.HTTPConnection(address, port, timeout=seconds)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """The answer's status and body; OSError when there is none."""
        is_kept = self._connection.sock is not None
        try:
            return self._ask(path, headers or {})
        except (http.client.RemoteDisconnected, ConnectionError, OSError) as error:
            if not is_kept or isinstance(error, TimeoutError):
                raise
            return self._ask(path, headers or {})

    def close(self) -> None:
        """Ends the connection; the next question makes another."""
        self._connection.close()

    def _ask(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            self._connection.close()
            raise
        except http.client.HTTPException as error:
            self._connection.close()
            raise OSError(f"no HTTP answer: {error!r}") from error

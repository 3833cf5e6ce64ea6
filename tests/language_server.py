"""An editor of the simplest kind: speaks the Language Server Protocol over a process's pipes."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SECONDS_MAX = 120  # node starts slowly where others work, too
Message = dict[str, Any]


@dataclass
class Server:
    """A running language server. `settings` answers what it asks for, by section."""

    process: subprocess.Popen[bytes]
    settings: dict[str, Any]
    messages: "queue.Queue[Message | None]" = field(default_factory=queue.Queue)
    seen: list[Message] = field(default_factory=list)
    asked: int = 0

    def ask(self, method: str, params: Any) -> Any:
        """A request's result."""
        self.asked += 1
        number = self.asked
        self._send({"id": number, "method": method, "params": params})
        answer = self.wait(lambda m: m.get("id") == number and "method" not in m, method)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, params: Any) -> None:
        """A notification."""
        self._send({"method": method, "params": params})

    def wait(self, fits: Callable[[Message], bool], what: str) -> Message:
        """The first message that fits and was not taken before; what the server asks meanwhile is
        answered."""
        ends = time.monotonic() + SECONDS_MAX
        while True:
            for message in self.seen:
                if fits(message):
                    self.seen.remove(message)
                    return message
            try:
                message = self.messages.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{what}: no answer in {SECONDS_MAX} s") from None
            assert message is not None, f"{what}: the language server ended"
            if "method" in message and "id" in message:
                self._answer(message)
            else:
                self.seen.append(message)

    def _answer(self, request: Message) -> None:
        result = None
        if request["method"] == "workspace/configuration":
            result = [self.settings.get(each["section"], {}) for each in request["params"]["items"]]
        self._send({"id": request["id"], "result": result})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> None:
        """Queues what the server says, until it ends."""
        assert self.process.stdout is not None
        while header := self.process.stdout.readline():
            length = int(header.partition(b":")[2]) if header.startswith(b"Content-L") else 0
            while header.strip():
                header = self.process.stdout.readline()
            self.messages.put(json.loads(self.process.stdout.read(length)))
        self.messages.put(None)


@contextmanager
def serving(words: Sequence[str], settings: dict[str, Any]) -> Iterator[Server]:
    """Starts a language server, shakes hands, and ends it."""
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    server = Server(process=process, settings=settings)
    reader = threading.Thread(target=server.read, daemon=True)
    reader.start()
    try:
        abilities = {"workspace": {"configuration": True}}
        server.ask("initialize", {"processId": None, "rootUri": None, "capabilities": abilities})
        server.tell("initialized", {})
        server.tell("workspace/didChangeConfiguration", {"settings": settings})
        yield server
    finally:
        process.kill()
        process.wait()
        reader.join(SECONDS_MAX)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

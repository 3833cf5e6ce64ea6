"""Chromium without a screen, asked over a pair of pipes how long a page takes to load.

DevTools messages are JSON with a byte 0 at their end; neither a port nor a library is needed.
"""

import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from groundplan.errors import TargetError

# Debian's small package first, then whatever a machine may have.
NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "chrome")
PACKAGE = "chromium-headless-shell"
START_SECONDS = 30.0
_READ, _WRITE = 3, 4  # where Chromium expects its pipes
_ENTRY = "JSON.stringify(performance.getEntriesByType('navigation')[0])"
_LOADED = "Page.loadEventFired"


def browser() -> Path | None:
    """The browser of this machine, if it has one."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


class Browser:
    """One that runs. Every answer is waited for until the given moment, and no longer."""

    def __init__(self, program: Path, read: int, write: int) -> None:
        self._program = program
        self._read, self._write = read, write
        self._number = 0
        self._rest = b""
        self._session = ""

    def open(self, ends: float) -> None:
        """Opens an empty page, which keeps nothing of what it loads."""
        target = self._ask("Target.createTarget", ends, url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", ends, targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable", ends)
        self._ask("Network.enable", ends)
        self._ask("Network.setCacheDisabled", ends, cacheDisabled=True)

    def load(self, address: str, ends: float) -> float:
        """Seconds from the beginning of the navigation until all is loaded; TargetError."""
        found = self._ask("Page.navigate", ends, url=address)
        if "errorText" in found:
            raise self._refusal(f"{address}: {found['errorText']}")
        while self._message(ends).get("method") != _LOADED:
            pass
        answer = self._ask("Runtime.evaluate", ends, expression=_ENTRY, returnByValue=True)
        entry = json.loads(answer["result"]["value"])
        if entry["responseStatus"] >= 400:
            raise self._refusal(f"{address} answers {entry['responseStatus']}")
        # The event's own end may not be written yet when it is looked at.
        return max(float(entry["loadEventEnd"]), float(entry["loadEventStart"])) / 1000

    def _ask(self, method: str, ends: float, **given: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        try:
            os.write(self._write, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise self._refusal(f"it has ended: {error.strerror}") from error
        while (answer := self._message(ends)).get("id") != self._number:
            pass
        if "error" in answer:
            raise self._refusal(f"{method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def _message(self, ends: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = ends - time.monotonic()
            with selectors.DefaultSelector() as selector:
                selector.register(self._read, selectors.EVENT_READ)
                if left <= 0 or not selector.select(left):
                    raise self._refusal("it did not answer in time")
            piece = os.read(self._read, 65_536)
            if not piece:
                raise self._refusal("it has ended")
            self._rest += piece
        first, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(first)
        return found

    def _refusal(self, why: str) -> TargetError:
        return TargetError(
            part="browser",
            doing="loading a page",
            why=why,
            try_=f"open the page; {self._program} --version",
            retry=True,
        )


@contextmanager
def running(program: Path) -> Iterator[Browser]:
    """A browser with a folder of its own; nothing of it stays, whatever it does."""
    profile = tempfile.mkdtemp(prefix="groundplan-browser-")
    asked, ask = os.pipe()
    answer, answered = os.pipe()
    try:
        process = _spawned(program, profile, asked, answered)
        os.close(asked)
        os.close(answered)
        try:
            found = Browser(program, answer, ask)
            found.open(time.monotonic() + START_SECONDS)
            yield found
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
    finally:
        os.close(ask)
        os.close(answer)
        shutil.rmtree(profile, ignore_errors=True)


def _spawned(program: Path, profile: str, asked: int, answered: int) -> int:
    """Its own process group, so that its children end with it."""
    words = [
        str(program),
        "--headless",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
    ]
    if os.geteuid() == 0:  # Chromium refuses root its sandbox; it loads our own pages only
        words.append("--no-sandbox")
    actions = [
        # Copies first: a pipe may itself be number 3 or 4.
        (os.POSIX_SPAWN_DUP2, asked, 10),
        (os.POSIX_SPAWN_DUP2, answered, 11),
        (os.POSIX_SPAWN_DUP2, 10, _READ),
        (os.POSIX_SPAWN_DUP2, 11, _WRITE),
        (os.POSIX_SPAWN_CLOSE, 10),
        (os.POSIX_SPAWN_CLOSE, 11),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    return os.posix_spawn(program, words, {**os.environ}, file_actions=actions, setpgroup=0)

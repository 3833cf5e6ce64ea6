"""What stories are told with: a platform of its own on this machine, driven by the real command.

Every platform gets a folder, an entry port and a loopback block that no other uses, so stories
run beside a platform that somebody works with.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
SLACK = 4


def within(seconds: float, what: str, is_true: Callable[[], bool], *, every: float = 0.05) -> float:
    """Waits until it is true and returns how long that took; fails by naming what it awaited.

    `seconds` is ample on a machine of one's own, and a shared one gets more of them.
    """
    began, most = time.monotonic(), seconds * SLACK
    while not is_true():
        passed = time.monotonic() - began
        assert passed < most, f"after {most:g} s still not: {what}"
        time.sleep(every)
    return time.monotonic() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformUnderTest:
    """A platform file in a folder of its own, and the command that works on it."""

    file: Path
    home: Path
    entry: str
    user: str | None = None  # somebody else than us, when we are root

    def groundplan(self, *words: str, seconds: float = 240) -> Told:
        """Runs the command line to its end; `seconds` as in `within`."""
        began = time.monotonic()
        somebody = ("runuser", "-u", self.user, "--") if self.user else ()
        result = subprocess.run(
            (*somebody, sys.executable, "-m", "groundplan", *words),
            cwd=self.file.parent,
            env={**os.environ, "GROUNDPLAN_HOME": str(self.home), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=seconds * SLACK,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        passed = time.monotonic() - began
        return Told(code=result.returncode, out=result.stdout, err=result.stderr, seconds=passed)

    def json(self, *words: str) -> Any:
        """What a command says with -o json."""
        told = self.groundplan(*words, "-o", "json")
        assert told.out, told.err
        return json.loads(told.out)

    def parts(self) -> dict[str, dict[str, Any]]:
        """Every part of `status`, by name."""
        status = self.json("status")
        return {part["name"]: part for region in status["regions"] for part in region["parts"]}

    def open_operations(self) -> list[str]:
        """The operations that have not ended; none where no agent can say it."""
        told = self.groundplan("operations", "list", "-o", "json")
        found = json.loads(told.out)["operations"] if told.code == 0 else []
        return [str(each["id"]) for each in found if each["ended"] is None]

    def edit(self, old: str, new: str) -> None:
        """Changes the platform file as a person would."""
        text = self.file.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {self.file}"
        self.file.write_text(text.replace(old, new))

    def client(self, region: str | None = None) -> httpx.Client:
        """An HTTP client at the edge, maybe steered to one region."""
        headers = {"x-region": region} if region else {}
        return httpx.Client(base_url=f"http://{self.entry}", headers=headers, timeout=10)

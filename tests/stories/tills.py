"""The bakery with a quick rollout, and what its stories ask of it."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stories.harness import REPOSITORY, PlatformUnderTest
from stories.load import Load

from groundplan.agent.door import asking
from groundplan.errors import TargetError

REGION = "eu-central-1"
QUICK = """
canary_deployment:
  initial_traffic: 20
  increment: 30
  interval: 5s
  success_threshold: 99
  max_traffic: 50
  monitor: 5s
  metrics:
    - error_rate: "< 1%"
    - response_time: "< 500ms (p95)"
"""


class Tills(PlatformUnderTest):
    """A bakery of its own."""

    @property
    def folder(self) -> Path:
        return self.home / "bakery-production"

    def versions(self) -> set[str]:
        """Which versions answer users now."""
        with self.client() as client:
            answers = [client.get("/menu") for _ in range(20)]
        return {each.headers["x-version"] for each in answers if "x-version" in each.headers}

    def lines(self) -> list[tuple[str, str]]:
        """What the newest rollout has told, with its reasons; nothing while the agent is away."""
        try:
            newest = [each for each in asking.newest(self.folder) if each.kind == "release"]
            found = asking.progress(self.folder, max(newest, key=lambda each: each.began).id)
        except TargetError:
            return []
        return [(line.message, line.because) for line in found.lines]

    def settle(self) -> None:
        """Ends a rollout that a story has left behind, so that the next one can begin."""
        if self.lines() and self.json("rollout", "show")["operation"]["ended"] is None:
            self.groundplan("rollout", "abort")
            self.groundplan("rollout", "follow")

    def variant(self, name: str, old: str, new: str) -> str:
        """A folder with another program for the tills: one text of it is replaced."""
        folder = self.file.parent / name
        folder.mkdir(exist_ok=True)
        text = (self.file.parent / "till.py").read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        (folder / "till.py").write_text(text.replace(old, new))
        return name

    def load(self, readers: int = 3) -> Load:
        """Customers who read the menu."""
        return Load(self, "/menu", (REGION,) * readers, pause_seconds=0.01)


@contextmanager
def tills(more: str, *, port: int, network: str, till: str = "") -> Iterator[Tills]:
    """A bakery with that in its file, the service's own keys in `till`, up; and gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)
    shutil.copytree(REPOSITORY / "examples/bakery", root / "file")
    file = root / "file" / "platform.yaml"
    text = re.sub(r"entry: \S+", f"entry: 127.0.0.1:{port}", file.read_text())
    text = re.sub(r"network: \S+", f"network: {network}", text)
    file.write_text(text.replace('    version: "1"\n', f'    version: "1"\n{till}') + more)
    platform = Tills(file=file, home=root / "home", entry=f"127.0.0.1:{port}")
    try:
        told = platform.groundplan("up")
        assert told.code == 0, told.err
        yield platform
    finally:
        platform.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)

"""Blue-green with real processes: deploy, health, smoke tests, 10/50/100, monitor, finalize."""

import threading
from dataclasses import dataclass, field

import httpx
import pytest
from stories.harness import PlatformUnderTest, within
from stories.load import Load

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

REGION = "eu-central-1"
BLUE_GREEN = """
deployment_strategy:
  type: blue-green
  blue_environment: {replicas: 2, version: current, traffic_weight: 100}
  green_environment: {replicas: 2, version: new, traffic_weight: 0}
  rollout_process:
    1. deploy_green: Deploy the new version beside the old one
    2. health_check: Verify the health of green
    3. smoke_tests: Run the smoke tests
    4. traffic_shift: Gradually shift traffic (10% -> 50% -> 100%)
    5. monitor: Monitor metrics for 10 seconds
    6. finalize: Terminate blue
  interval: 5s
  smoke_test: python smoke.py {address} {port}
  smoke_paths: [/health, /menu]
"""
SMOKE = """\
import sys, urllib.request
place = "http://" + ":".join(sys.argv[1:3])
assert b"pretzel" in urllib.request.urlopen(place + "/menu", timeout=5).read(), "no pretzels"
open("smoked", "a").write(sys.argv[1] + "\\n")
"""


@dataclass
class Orders:
    """A customer who orders again and again."""

    platform: PlatformUnderTest
    made: int = 0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._order, daemon=True)

    def __enter__(self) -> "Orders":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=15)

    def _order(self) -> None:
        with self.platform.client(REGION) as client:
            while not self._stop.wait(0.02):
                try:
                    answer = client.post("/orders", json={"item": "roll", "count": 1})
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                    continue
                if answer.status_code == 201:
                    self.made += 1
                else:
                    self.failed.append(f"{answer.status_code} {answer.text[:80]}")


@pytest.fixture
def tills(bakery: PlatformUnderTest) -> PlatformUnderTest:
    """The bakery, up, with a quick blue-green."""
    bakery.file.write_text(bakery.file.read_text() + BLUE_GREEN)
    (bakery.file.parent / "smoke.py").write_text(SMOKE)
    told = bakery.groundplan("up")
    assert told.code == 0, told.err
    return bakery


def version(platform: PlatformUnderTest) -> set[str]:
    with platform.client() as client:
        return {client.get("/menu").headers["x-version"] for _ in range(20)}


def told(platform: PlatformUnderTest) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = platform.json("rollout", "show")["lines"]
    return lines


def test_green_takes_over_step_by_step_and_blue_ends(tills: PlatformUnderTest) -> None:
    with Load(tills, "/menu", (REGION,) * 4, pause_seconds=0.02) as load, Orders(tills) as orders:
        assert tills.groundplan("release", "--version", "2").code == 0
        assert version(tills) == {"2"}
    lines = told(tills)
    assert lines[0]["because"] == f"blue-green over 10, 50, 100 % in {REGION}"
    phases = [line["message"] for line in lines[1:]]
    assert phases[:3] == ["expanding the schema", "starting", "smoke-testing"]
    served = [line["because"] for line in lines if line["message"] == "watching"]
    shares = [text.partition("serve ")[2].partition(" %")[0] for text in served]
    assert list(dict.fromkeys(share for share in shares if share)) == ["10", "50", "100"]
    smoked = (tills.file.parent / "smoked").read_text().split()
    assert len(smoked) == 1  # once for the region, at a new replica
    assert f"{REGION}/till-canary-1" not in tills.parts()
    assert load.sent > 1000
    assert not load.failed, load.failed[:3]
    assert not orders.failed, orders.failed[:3]
    assert orders.made > 100


def test_what_fails_its_smoke_test_gets_no_traffic(tills: PlatformUnderTest) -> None:
    folder = tills.file.parent / "sour"
    folder.mkdir()
    text = (tills.file.parent / "till.py").read_text()
    (folder / "till.py").write_text(text.replace("pretzel", "bretzel"))
    with Load(tills, "/menu", (REGION,) * 2) as load:
        said = tills.groundplan("release", "--directory", "sour", "--version", "3")
        assert said.code == 4
        assert "no pretzels" in said.out + said.err
        assert version(tills) == {"1"}
    assert not load.failed, load.failed[:3]


def test_blue_is_back_at_once(tills: PlatformUnderTest) -> None:
    """Blue stays up until the end, so going back is one change of weights."""
    with Load(tills, "/menu", (REGION,) * 2) as load:
        assert tills.groundplan("release", "--version", "2", "--detach").code == 0
        within(90, "green serves everybody", lambda: version(tills) == {"2"})
        assert tills.groundplan("rollout", "undo").code == 0
        seconds = within(60, "blue serves everybody", lambda: version(tills) == {"1"})
        print(f"blue was back {seconds:.1f} s after it was told")
        end = tills.groundplan("rollout", "follow")
        assert end.code == 4, end.out
    assert not load.failed, load.failed[:3]

"""The lake as a part: there with data_lake only, with the file's figures, and it says how it is."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.lake_zone import LakeZone
from groundplan.design.parts import Lake
from groundplan.ports.folder import AWS_VARIABLES
from groundplan.spec.load import load
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.lake import LakeRecipe
from groundplan.targets.local.preflight import ports_of

FILE = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
services:
  web:
    port: 8080
    command: serve {address}
    replicas: 1
"""
LAKE = """\
data_lake:
  buckets: { raw_data: shop-raw, processed_data: shop-made }
  lifecycle_policies:
    - { transition_to_glacier: 90, buckets: [raw_data] }
    - { transition_to_ia: 30, transition_to_glacier: 60, expiration: 365 }
  partitioning: { structure: year/month, compression: zstd }
"""


def built(text: str, folder: Path) -> Design:
    (folder / "platform.yaml").write_text(text)
    return build(load(folder / "platform.yaml"))


def part_of(design: Design) -> Lake | None:
    return next((part for part in design.parts if isinstance(part, Lake)), None)


def test_without_data_lake_there_is_none(tmp_path: Path) -> None:
    assert part_of(built(FILE, tmp_path)) is None


def test_it_has_the_files_figures(tmp_path: Path) -> None:
    part = part_of(built(FILE + LAKE, tmp_path))
    assert part is not None
    promise = "data_lake.lifecycle_policies[1].expiration"
    assert part.zones[:2] == (
        LakeZone(name="raw", infrequent=30, archive=90, expire=365, promise=promise),
        LakeZone(name="processed", infrequent=30, archive=60, expire=365, promise=promise),
    )
    assert (part.depth, part.compression) == (2, "zstd")
    assert part.told_by == ("web",)
    assert ports_of(part) == (8070,)


def test_its_buckets_are_the_files_where_it_says_s3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(getattr(each, "buckets", ()) for each in built(FILE + LAKE, tmp_path).parts)
    design = built(FILE + LAKE + "local: { lake: s3 }\n", tmp_path)
    part = part_of(design)
    assert part is not None
    assert dict(part.buckets) == {
        "raw": "shop-raw",
        "processed": "shop-made",
        "analytics": "shop-raw",
        "quarantine": "shop-raw",
    }
    (tmp_path / "secrets").mkdir()
    monkeypatch.setenv("AWS_PROFILE", "shop")
    LakeRecipe().prepare(
        part, Machine(folder=tmp_path, source=tmp_path, design=design, account=None)
    )
    path = tmp_path / AWS_VARIABLES
    assert json.loads(path.read_text())["AWS_PROFILE"] == "shop"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Somebody in its place who says what the file `said` holds."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = json.loads((tmp_path / "said").read_text())
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.64.9.2", 8070), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield "127.64.9.2"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_says_how_it_is(tmp_path: Path, address: str) -> None:
    design = built(FILE + LAKE, tmp_path)
    machine = Machine(folder=tmp_path, source=tmp_path, design=design, account=None)
    recipe = LakeRecipe()

    def probed(where: str, *said: object) -> str | None:
        (tmp_path / "said").write_text(json.dumps(said))
        part = Lake(
            name="global/lake",
            site="global",
            address=where,
            depth=3,
            compression="zstd",
            zones=(),
            told_by=(),
        )
        assert recipe.command(part, machine)[2] == "groundplan.agent.keepers.lake"
        return recipe.probe(part, machine)

    assert probed(address, 200, {"troubles": {}}) is None
    assert probed(address, 200, {"troubles": {"store": "full"}}) == "full"
    assert probed(address, 500, {}) == "it answers 500"
    assert "does not answer" in str(probed("127.64.9.3"))

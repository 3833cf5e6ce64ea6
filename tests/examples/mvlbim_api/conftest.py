"""One region's servers for all tests, whole again before each; one API that is ready."""

import itertools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from examples.mvlbim_api.api import API_FOLDER, Api
from examples.mvlbim_api.servers import some_address
from examples.mvlbim_api.tier import Tier

# The service is a program of its own, not installed beside groundplan.
sys.path.insert(0, str(API_FOLDER))

Start = Callable[..., Api]


@pytest.fixture(scope="session")
def servers() -> Iterator[Tier]:
    yield from _tier()


@pytest.fixture
def tier(servers: Tier) -> Tier:
    servers.revive()
    return servers


@pytest.fixture
def own_tier() -> Iterator[Tier]:
    """For a test that leaves the servers other than it found them."""
    yield from _tier()


@pytest.fixture(scope="session")
def shared_api(servers: Tier) -> Iterator[Api]:
    api = servers.api("shared-api")
    api.start()
    yield api
    api.kill()


@pytest.fixture
def api(tier: Tier, shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an API of the test's own, with environment variables of the test's own."""
    started: list[Api] = []
    numbers = itertools.count(1)

    def start_api(tier: Tier, *, wait: bool = True, **environment: str) -> Api:
        while (tier.folder / (name := f"api-{next(numbers)}")).exists():
            pass
        api = tier.api(name, **environment)
        started.append(api)
        api.start(wait=wait)
        return api

    yield start_api
    for api in started:
        api.kill()


def _tier() -> Iterator[Tier]:
    # Not under pytest's folder: PostgreSQL's account could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="mvlbim-"))
    folder.chmod(0o755)
    tier = Tier(folder=folder, address=some_address())
    try:
        tier.start()
        yield tier
    finally:
        tier.stop()
        shutil.rmtree(folder)

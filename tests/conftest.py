"""Options that every test may use."""

import os
import re
import signal
from pathlib import Path

import pytest
from network import leave_the_machines


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files' answers")


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """A shell's background job ignores interrupts, and so would every program that a test
    interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def network(request: pytest.FixtureRequest) -> None:
    """Loopback of this process's own when stories are told side by side (`pytest -n`)."""
    has_stories = any(item.get_closest_marker("stories") for item in request.session.items)
    if "PYTEST_XDIST_WORKER" not in os.environ or not has_stories:
        return
    try:
        leave_the_machines()
    except PermissionError as error:
        pytest.exit(f"stories side by side need own networks ({error}): try make stories JOBS=0")


@pytest.fixture(scope="session")
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are rewritten instead of compared."""
    return bool(request.config.getoption("--update"))


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own. Its path is shorter than pytest's: UNIX sockets are made in it,
    whose paths may have 107 bytes."""
    return tmp_path_factory.mktemp(re.sub(r"\W", "_", request.node.name)[:16])

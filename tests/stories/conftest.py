"""One mvlbim platform for all stories of a session, and small ones for the rough stories."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.harness import REPOSITORY, PlatformUnderTest


def _laid_out(example: str, *, entry: str, network: str) -> PlatformUnderTest:
    """A copy of an example with addresses of its own. The path is short: sockets live below."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)  # PostgreSQL runs under an account of its own
    shutil.copytree(REPOSITORY / "examples" / example, root / "file")
    file = root / "file" / "platform.yaml"
    text = file.read_text()
    for key, value in (("entry", entry), ("network", network)):
        text, count = re.subn(rf'(?m)^  {key}: "?127\.[\d.:]+"?', f'  {key}: "{value}"', text)
        assert count == 1, f"{key} stands {count} times in {example}"
    file.write_text(text)
    return PlatformUnderTest(file=file, home=root / "home", entry=entry)


def _gone(platform: PlatformUnderTest) -> None:
    """A story that failed may have left an operation behind, which holds the platform."""
    for operation in platform.open_operations():
        platform.groundplan("operations", "abort", operation)
        platform.groundplan("operations", "follow", operation)
    told = platform.groundplan("down", "--purge", "--yes")
    shutil.rmtree(platform.file.parents[1], ignore_errors=True)
    assert told.code == 0, told.err


@pytest.fixture(scope="module")
def mvlbim() -> Iterator[PlatformUnderTest]:
    """The whole example in three regions, up once for the stories of a file."""
    platform = _laid_out("mvlbim", entry="127.0.0.1:18080", network="127.40.0.0")
    told = platform.groundplan("up", "--yes")
    try:
        assert told.code == 0, told.err
        yield platform
    finally:
        _gone(platform)


@pytest.fixture
def bakery() -> Iterator[PlatformUnderTest]:
    """The small example, laid out but not up."""
    platform = _laid_out("bakery", entry="127.0.0.1:18090", network="127.50.0.0")
    yield platform
    _gone(platform)


@pytest.fixture(scope="module")
def rehearsed() -> Iterator[PlatformUnderTest]:
    """The whole example, to be broken by drills; a lost region is left after two seconds."""
    platform = _laid_out("mvlbim", entry="127.0.0.1:18085", network="127.30.0.0")
    platform.edit('after: "60 s"', 'after: "2 s"')
    told = platform.groundplan("up", "--yes")
    try:
        assert told.code == 0, told.err
        yield platform
    finally:
        _gone(platform)

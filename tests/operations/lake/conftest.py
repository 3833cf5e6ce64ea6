"""S3, as a moto server that a module shares; its buckets are empty when a test begins."""

from collections.abc import Iterator
from typing import Any

import pytest
from operations.lake.s3 import emptied, enter, moto


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = enter(monkeypatch, server)
    emptied(client)
    return client

"""Servers that end with their test."""

from collections.abc import Callable, Iterator

import pytest

from tests.agent.stub import Answer, Stub


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Stub]]:
    """Starts stubs."""
    stubs: list[Stub] = []

    def start(answer: Answer) -> Stub:
        stubs.append(Stub(answer))
        return stubs[-1]

    yield start
    for stub in stubs:
        stub.stop()

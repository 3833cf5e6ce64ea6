"""What groundplan's own serving processes share: signals that end them in order, an HTTP server."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """A server whose process handles its signals itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: TERM ends the rounds first, then this."""
        yield


def server_of(app: Any) -> uvicorn.Server:
    """Serves an ASGI application until `should_exit`; says nothing by itself."""
    return _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))


def stop_at_term() -> asyncio.Event:
    """Is set when this process, whose loop runs, is told to end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop

"""Tasks that run beside the requests: none dies unheard, all end within a bound."""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any

_LOG = logging.getLogger("mvlbim.background")
_TRIES = 10
_TRY_SECONDS = 0.1


def begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels more than once: redis-py swallows a cancellation that meets it while connecting."""
    for _ in range(_TRIES):
        pending = [task for task in tasks if not task.done()]
        if not pending:
            return
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_TRY_SECONDS)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _LOG.error("a background task ended by mistake", exc_info=error)

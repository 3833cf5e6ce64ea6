"""Ending background tasks within a bound, whatever they are waiting for."""

import asyncio
from collections.abc import Collection

_TRIES = 10
_TRY_SECONDS = 0.1


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels more than once: redis-py swallows a cancellation that meets it while connecting."""
    for _ in range(_TRIES):
        pending = [task for task in tasks if not task.done()]
        if not pending:
            return
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_TRY_SECONDS)

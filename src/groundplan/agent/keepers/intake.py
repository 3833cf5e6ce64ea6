"""Batches of spans on their way to the disk: those that come at the same time share one sync."""

import asyncio
import time
from concurrent.futures import Executor

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from groundplan.errors import TargetError
from groundplan.operations.observe.traces.keeper import Keeper
from groundplan.operations.observe.traces.late import spans_of
from groundplan.operations.observe.traces.otlp import Refused, decoded, unpacked

Waiting = tuple[bytes, ExportTraceServiceRequest, asyncio.Future[int]]
BUSY = 503  # whoever sends OTLP tries again


class Intake:
    """The way in; `run` has to go on as long as anybody sends."""

    def __init__(self, keeper: Keeper, disk: Executor, share: float) -> None:
        self._keeper = keeper
        self._share = share
        self._disk = disk
        self._waiting: list[Waiting] = []
        self._news = asyncio.Event()

    async def post(self, body: bytes, *, content_type: str, encoding: str) -> int:
        """Takes what came by HTTP; how many spans were not valid. Refused says why not."""
        return await self.take(decoded(unpacked(body, encoding), content_type))

    async def late(self, body: bytes, *, encoding: str) -> int:
        """Takes what a gateway logged of requests that it had left out of the share."""
        return await self.take(spans_of(unpacked(body, encoding), self._share))

    async def take(self, request: ExportTraceServiceRequest) -> int:
        """Takes a batch; returns once it is on the disk."""
        if self._keeper.is_full:
            raise Refused(BUSY, "too many spans wait to be written: send them again later")
        body = request.SerializeToString()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, request, future))
        self._news.set()
        return await future

    async def run(self) -> None:
        """Puts on the disk what waits, together, until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._news.wait()
            self._news.clear()
            together, self._waiting = self._waiting, []
            bodies = [body for body, _, _ in together]
            at = time.time()
            try:
                segment = await loop.run_in_executor(self._disk, self._keeper.append, bodies, at)
            except TargetError as error:
                for _, _, future in together:
                    if not future.done():
                        future.set_exception(Refused(BUSY, error.why))
                continue
            for _, request, future in together:
                rejected = self._keeper.take(request, segment, at)
                if not future.done():  # whoever sent it may be gone
                    future.set_result(rejected)
            self._keeper.make_room(at)

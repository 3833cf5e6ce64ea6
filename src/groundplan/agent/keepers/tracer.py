"""`-m groundplan.agent.keepers.tracer FOLDER`: takes and shows the traces of a platform."""

import argparse
import asyncio
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from groundplan.agent.keepers.intake import Intake
from groundplan.agent.keepers.traces_grpc import grpc_server
from groundplan.agent.keepers.traces_http import TracesHttp
from groundplan.agent.serving import server_of, stop_at_term
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Tracer
from groundplan.errors import TargetError
from groundplan.operations.observe.traces.find import Traces
from groundplan.operations.observe.traces.keeper import Keeper
from groundplan.parquet.store import Store
from groundplan.ports.folder import DESIGN
from groundplan.ports.records import traces_of

DECIDE_SECONDS = 0.5
WRITE_SECONDS, WRITE_SPANS = 3.0, 20_000  # a file for each time
TIDY_SECONDS = 600.0
REFUSED = 4


def main(arguments: list[str]) -> int:
    """Serves until it gets a TERM; the exit code."""
    parser = argparse.ArgumentParser(prog="-m groundplan.agent.keepers.tracer", description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    design = Design.from_json((given.folder / DESIGN).read_bytes())
    part = next(each for each in design.parts if isinstance(each, Tracer))
    try:
        asyncio.run(_until_told(traces_of(given.folder), part))
    except TargetError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


async def _until_told(place: Path, part: Tracer) -> None:
    await serve(place, part, Voice(), stop_at_term())


async def serve(place: Path, part: Tracer, voice: Voice, stop: asyncio.Event) -> None:
    """Takes spans, decides, writes, answers. The store belongs to one thread, the spool to one."""
    loop = asyncio.get_running_loop()
    with (
        ThreadPoolExecutor(1) as storing,
        ThreadPoolExecutor(1) as spooling,
        ThreadPoolExecutor(2) as asking,
    ):
        keeper = await loop.run_in_executor(storing, _opened, place, part, voice)
        intake = Intake(keeper, spooling, part.sampling.widest)

        def health() -> dict[str, Any]:
            return {"troubles": voice.troubles, **keeper.counts}

        app = TracesHttp(intake, Traces(place), asking, health)
        server = server_of(app)
        taking = asyncio.create_task(intake.run())
        ports = (part.port, part.query_port)
        sockets = [socket.create_server((part.address, port), backlog=2048) for port in ports]
        http = asyncio.create_task(server.serve(sockets=sockets))
        grpc = await grpc_server(intake, part.address, part.grpc_port)
        try:
            await _rounds(keeper, storing, stop, voice)
        finally:
            server.should_exit = True
            await grpc.stop(1.0)
            await http
            taking.cancel()
            with suppress(asyncio.CancelledError):
                await taking
            await loop.run_in_executor(storing, keeper.close)


def _opened(place: Path, part: Tracer, voice: Voice) -> Keeper:
    store = Store(place)
    store.sweep()
    keeper = Keeper(store, part.sampling, part.keep)
    batches = keeper.recover()
    if batches:
        voice.say(f"{batches} batches were not decided when this process ended; they are now")
    return keeper


async def _rounds(
    keeper: Keeper, storing: ThreadPoolExecutor, stop: asyncio.Event, voice: Voice
) -> None:
    loop = asyncio.get_running_loop()
    tidied = wrote = 0.0
    while not stop.is_set():
        now = time.time()
        spans = keeper.decide(now)
        try:
            if now - wrote >= WRITE_SECONDS or spans >= WRITE_SPANS:
                groups, wrote = keeper.unwritten(), now
                await loop.run_in_executor(storing, keeper.write, groups)
                keeper.wrote(len(groups))
            if now - tidied >= TIDY_SECONDS:
                for each in await loop.run_in_executor(storing, keeper.tidy, now):
                    voice.say(f"deleted {each.because}")
                tidied = now
            voice.trouble("store", None)
        except TargetError as error:
            voice.trouble("store", f"{error.doing} failed: {error.why}; try: {error.try_}")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), DECIDE_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

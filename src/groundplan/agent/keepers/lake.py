"""`-m groundplan.agent.keepers.lake FOLDER`: takes rows in, and keeps the lake of a platform."""

import argparse
import asyncio
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from groundplan.agent.keepers.lake_http import LakeHttp
from groundplan.agent.keepers.lake_keeper import Keeper
from groundplan.agent.serving import server_of, stop_at_term
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Lake
from groundplan.errors import TargetError
from groundplan.operations.lake.lake import Input, Taken
from groundplan.ports.folder import DESIGN

EVENTS_SECONDS = 60.0
TIDY_SECONDS = 3600.0
REFUSED = 4


def main(arguments: list[str]) -> int:
    """Serves until it gets a TERM; the exit code."""
    parser = argparse.ArgumentParser(prog="-m groundplan.agent.keepers.lake", description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    design = Design.from_json((given.folder / DESIGN).read_bytes())
    try:
        asyncio.run(_until_told(given.folder, design))
    except TargetError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


async def _until_told(folder: Path, design: Design) -> None:
    await serve(folder, design, Voice(), stop_at_term())


async def serve(
    folder: Path,
    design: Design,
    voice: Voice,
    stop: asyncio.Event,
    *,
    events_seconds: float = EVENTS_SECONDS,
) -> None:
    """Takes rows in, round after round keeps the lake. One thread writes."""
    part = next(each for each in design.parts if isinstance(each, Lake))
    keeper = Keeper(folder, part, design.promises, voice)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as storing:
        await loop.run_in_executor(storing, keeper.begin)

        async def take(table: str, given: Input) -> Taken:
            return await loop.run_in_executor(storing, keeper.take, table, given)

        def health() -> dict[str, Any]:
            return {"troubles": voice.troubles}

        app = LakeHttp(keeper.incoming, take, health)
        server = server_of(app)
        sockets = [socket.create_server((part.address, part.port), backlog=128)]
        http = asyncio.create_task(server.serve(sockets=sockets))
        try:
            tidied = 0.0
            while not stop.is_set():
                await loop.run_in_executor(storing, keeper.events)
                if time.monotonic() - tidied >= TIDY_SECONDS or not tidied:
                    await loop.run_in_executor(storing, keeper.tidy)
                    tidied = time.monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), events_seconds)
        finally:
            server.should_exit = True
            await http


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

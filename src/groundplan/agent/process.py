"""The agent as a process: samples, serves and performs until it is told to stop."""

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from groundplan.agent.catalogue.table import KINDS
from groundplan.agent.door.api import Api
from groundplan.agent.door.metrics import Metrics
from groundplan.agent.door.server import Server
from groundplan.agent.lock import only_agent
from groundplan.agent.notices.herald import Herald
from groundplan.agent.performing.kinds import Kinds
from groundplan.agent.performing.performer import MakeEngine, Performer
from groundplan.agent.performing.precedence import start
from groundplan.agent.performing.stage import Stage
from groundplan.agent.sampling.pages import Pages
from groundplan.agent.sampling.sampler import EVERY_SECONDS, Sampler
from groundplan.agent.voice import Voice
from groundplan.agent.watching.backups import Keeper
from groundplan.agent.watching.scaler import Scaler
from groundplan.agent.watching.watch import Watch
from groundplan.errors import TargetError
from groundplan.ports.journal import Json

REFUSED = 4
DURABLE = "groundplan.agent.performing.durable"


def main(arguments: list[str], kinds: Kinds = KINDS) -> None:
    """Runs until it gets a TERM, and ends the process with its exit code."""
    parser = argparse.ArgumentParser(prog="python -m groundplan.agent", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, metavar="SECONDS")
    given = parser.parse_args(arguments)
    code = 0
    try:
        with only_agent(given.folder):
            _serve(given.folder, given.every, kinds)
    except TargetError as error:
        print(error, file=sys.stderr)
        code = REFUSED
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # operations are held between two steps, for the next agent


def _durable() -> MakeEngine:
    """Imported in the stage's own thread, once the door answers: dbos and what it needs take as
    long to import as all the rest of the agent."""
    make: MakeEngine = importlib.import_module(DURABLE).durable
    return make


def _serve(folder: Path, every: float, kinds: Kinds) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    voice = Voice()
    sampler = Sampler(folder, voice, every=every)
    stage = Stage(lambda: Performer(folder, voice, kinds, _durable()), voice)
    keeper = Keeper(folder, voice, stage.performer)

    def begin(kind: str, arguments: Mapping[str, Json], why: str) -> str:
        return start(stage.performer(), kind, arguments, why)

    watch = Watch(folder, voice, begin, lambda operation: stage.performer().outcome(operation))
    scaler = Scaler(folder, voice, begin)
    herald = Herald(folder, voice, stage.performer)
    herald.begin()
    metrics = Metrics(folder, voice, stage.performer)
    with Server(folder, sampler, voice, Api(stage.performer)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=stage.run, args=(stop,), daemon=True).start()
        threading.Thread(target=keeper.run, args=(stop,), daemon=True).start()
        threading.Thread(target=watch.run, args=(stop,), daemon=True).start()
        threading.Thread(target=scaler.run, args=(stop,), daemon=True).start()
        threading.Thread(target=Pages(folder, voice).run, args=(stop,), daemon=True).start()
        threading.Thread(target=herald.run, args=(stop,), daemon=True).start()
        threading.Thread(target=metrics.run, args=(stop,), daemon=True).start()
        sampler.run(stop)
        server.shutdown()
        stage.close()

"""`python -m groundplan.agent FOLDER`: the agent of the platform that lives in FOLDER."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from groundplan.agent.backups import Keeper
from groundplan.agent.lock import only_agent
from groundplan.agent.performing import Performing
from groundplan.agent.sampler import EVERY_SECONDS, Sampler
from groundplan.agent.server import Server
from groundplan.agent.voice import Voice
from groundplan.agent.watch import Watch
from groundplan.errors import TargetError

REFUSED = 4


def main(arguments: list[str]) -> int:
    """Samples and serves until it gets a TERM; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m groundplan.agent", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, metavar="SECONDS")
    given = parser.parse_args(arguments)
    try:
        with only_agent(given.folder):
            _serve(given.folder, given.every)
    except TargetError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


def _serve(folder: Path, every: float) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    voice = Voice()
    sampler = Sampler(folder, voice, every=every)
    watch = Watch(folder, voice, Performing(folder, voice).start)
    with Server(folder, sampler, voice) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=Keeper(folder, voice).run, args=(stop,), daemon=True).start()
        threading.Thread(target=watch.run, args=(stop,), daemon=True).start()
        sampler.run(stop)
        server.shutdown()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

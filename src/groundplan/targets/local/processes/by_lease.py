"""Runs a command as long as its lease is renewed: a worker's dead man's switch.

    python -I -S by_lease.py FILE SECONDS COMMAND...

FILE holds the instant until which the command may run. Past it the command is told to end and,
SECONDS later, is killed; once the lease is renewed it is started again. Nobody else has to live for
that. It stands alone: whoever starts it need not have groundplan's other modules.
"""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

LOOK_SECONDS = 0.25


def holds(lease: Path) -> bool:
    """Whether the command may run now. A file that is not there, or not a number, is no lease."""
    try:
        return time.time() < float(lease.read_text())
    except (OSError, ValueError):
        return False


def main(words: list[str]) -> int:
    """Until it is told to end, or the command ends by itself: that is its exit code then."""
    lease, seconds, command = Path(words[0]), float(words[1]), words[2:]
    told = False
    child: subprocess.Popen[bytes] | None = None

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not told:
        if child is not None and child.poll() is not None:
            return child.returncode if child.returncode >= 0 else 128 - child.returncode
        if holds(lease):
            child = child or subprocess.Popen(command)
        elif child is not None:
            print("its lease is over: it works no longer", flush=True)
            _ended(child, seconds)
            child = None
        time.sleep(LOOK_SECONDS)
    _ended(child, seconds)
    return 0


def _ended(child: subprocess.Popen[bytes] | None, seconds: float) -> None:
    """It may finish what it does."""
    if child is None:
        return
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

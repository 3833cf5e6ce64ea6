"""One agent for each platform's folder: two would count every probe twice."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.ports.folder import AGENT_LOCK


@contextmanager
def only_agent(folder: Path) -> Iterator[None]:
    """Holds the folder; TargetError that names the agent which holds it already."""
    path = folder / AGENT_LOCK
    try:
        stream = path.open("a+")
    except OSError as error:
        raise TargetError(
            part="agent",
            doing="starting",
            why=str(error),
            try_="name the folder of a platform that `groundplan up` built, and may be written to",
        ) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path) from error
        stream.truncate(0)
        stream.write(json.dumps({"pid": os.getpid(), "since": time.time()}))
        stream.flush()
        yield


def _held(path: Path) -> TargetError:
    try:
        holder = json.loads(path.read_text())
        since = datetime.fromtimestamp(holder["since"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        who = f"the agent with process id {holder['pid']} has had it since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another agent has it"
    return TargetError(
        part="agent",
        doing=f"taking {path}",
        why=who,
        try_="leave it to that one, or stop it first; the lock goes with its process",
        retry=True,
    )

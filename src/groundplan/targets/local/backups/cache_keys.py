"""Keys of a snapshot: a Redis of its own starts with it, and hands them over to another.

A server that starts with `appendonly yes` and a snapshot alone is empty, without a word; this one
has no append-only file, hears nobody but us (a socket, no port), and writes nothing.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import redis

from groundplan.design.parts import Redis
from groundplan.errors import TargetError
from groundplan.targets.local.processes.programs import REDIS, SETPRIV, find

LOAD_SECONDS = 600.0
CONFIRM_MILLISECONDS = 5000
AT_ONCE = 500
Share = Callable[[str, float], None]


@contextmanager
def served(dump: Path) -> Iterator[redis.Redis]:
    """A server that holds the keys of a snapshot, for as long as somebody asks it."""
    with tempfile.TemporaryDirectory(prefix="gp-") as folder:  # short: a socket's path is bounded
        socket = f"{folder}/s"
        process = subprocess.Popen(
            (
                *(str(find(SETPRIV)), "--pdeathsig", "KILL", "--", str(find(REDIS))),
                *("--port", "0", "--unixsocket", socket, "--appendonly", "no", "--save", ""),
                *("--dir", str(dump.parent), "--dbfilename", dump.name),
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            with redis.Redis(unix_socket_path=socket, protocol=2, socket_timeout=60) as server:
                _wait(process, server)
                yield server
        finally:
            process.kill()
            process.communicate()


def raw(part: Redis, password: str) -> redis.Redis:
    """A client for values as they are."""
    return redis.Redis(
        host=part.address,
        port=part.port,
        password=password,
        protocol=2,
        socket_timeout=30,
        socket_connect_timeout=2,
    )


def count(server: redis.Redis) -> int:
    """Keys of all its databases."""
    keyspace: Any = server.info("keyspace")
    return sum(int(facts["keys"]) for facts in keyspace.values())


def moved(source: redis.Redis, target: redis.Redis, share: Share) -> int:
    """Empties the target, gives it every key of the source with its time to live, and waits until
    a replica of it has them; how many."""
    keyspace: Any = source.info("keyspace")
    total, done = max(1, count(source)), 0
    target.flushall(asynchronous=True)
    for name in keyspace:
        number = int(name.removeprefix("db"))
        source.select(number)
        target.select(number)
        scanned = source.scan_iter(count=AT_ONCE)
        while keys := tuple(islice(scanned, AT_ONCE)):
            done += _hand_over(source, target, keys)
            share("gives keys back", min(1.0, done / total))
    replicas: Any = target.info("replication")
    if int(replicas["connected_slaves"]):
        target.wait(1, CONFIRM_MILLISECONDS)
    return done


def _hand_over(source: redis.Redis, target: redis.Redis, keys: tuple[bytes, ...]) -> int:
    asked = source.pipeline(transaction=False)
    for key in keys:
        asked.dump(key)
        asked.pttl(key)
    answers = asked.execute()
    given = target.pipeline(transaction=False)
    found = [
        (key, value, ttl)
        for key, value, ttl in zip(keys, answers[::2], answers[1::2], strict=True)
        if value is not None  # it expired meanwhile
    ]
    for key, value, ttl in found:
        given.restore(key, max(0, ttl), value, replace=True)
    given.execute()
    return len(found)


def _wait(process: subprocess.Popen[str], server: redis.Redis) -> None:
    """Until it has read the snapshot."""
    deadline = time.monotonic() + LOAD_SECONDS
    while True:
        try:
            if server.ping():
                return
        except (redis.ConnectionError, redis.BusyLoadingError):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said, _ = process.communicate()
            raise TargetError(
                part="cache",
                doing="starting a server with a snapshot",
                why=(said or "").strip()[-300:] or "it does not answer",
                try_="groundplan backup verify --what cache, and restore another copy",
            )
        time.sleep(0.05)

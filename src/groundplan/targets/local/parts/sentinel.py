"""Sentinel: watches a region's Redis group and moves the primary when it dies.

It has no password: it listens on a loopback address, and whoever may reach that runs the machine.
What it is told here it remembers (and rewrites) in its own file; `settle` tells it again.
"""

import socket
from typing import ClassVar

import redis

from groundplan.design.parts import Redis, Sentinel
from groundplan.errors import TargetError
from groundplan.targets.local.files import File, Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.redis import SECRET, client, quoted
from groundplan.targets.local.processes.programs import REDIS, Program, find
from groundplan.targets.local.recipe import Recipe

# Two missed pings. One would take a stall of a busy machine for a death: a failover costs more.
DOWN_AFTER_MILLISECONDS = 2000
# How long one try may take; the next one begins after twice that.
FAILOVER_MILLISECONDS = 10_000
LISTENS_SECONDS = 0.2  # on this machine the kernel answers at once

_CONF = """\
# {name}: groundplan wrote the first lines once, the rest is Sentinel's own memory.
bind {address}
port {port}
protected-mode no
daemonize no
logfile ""
dir {directory}
# Without these the others would be told 127.0.0.1, and no failover would ever happen.
sentinel announce-ip {address}
sentinel announce-port {port}
sentinel resolve-hostnames no
sentinel monitor {master_name} {primary} {primary_port} {quorum}
{options}\
"""


class SentinelRecipe(Recipe[Sentinel]):
    """One Sentinel of a region's group."""

    programs: ClassVar[tuple[Program, ...]] = (REDIS,)

    def command(self, part: Sentinel, machine: Machine) -> tuple[str, ...]:
        return (str(find(REDIS)), str(machine.directory(part) / "sentinel.conf"), "--sentinel")

    def files(self, part: Sentinel, machine: Machine) -> tuple[File, ...]:
        options = "".join(
            f"sentinel {name} {part.master_name} {value}\n"
            for name, value in _options(part, machine).items()
            if name != "quorum"  # it stands in the line `sentinel monitor`
        )
        text = _CONF.format(
            name=part.name,
            address=part.address,
            port=part.port,
            directory=quoted(str(machine.directory(part))),
            master_name=part.master_name,
            primary=part.primary,
            primary_port=part.primary_port,
            quorum=part.quorum,
            options=options,
        )
        return (File(path="sentinel.conf", text=text, mode=0o600, reading=Reading.ONCE),)

    def probe(self, part: Sentinel, machine: Machine) -> str | None:
        try:
            with client(part.address, part.port) as server:
                pairs = server.execute_command("SENTINEL", "MASTER", part.master_name)
        except redis.RedisError as error:
            return f"it does not answer: {error}"
        return _why_not(part, machine, dict(zip(pairs[::2], pairs[1::2], strict=True)))

    def settle(self, part: Sentinel, machine: Machine) -> None:
        """Its file is its own, so what the design changed is told to the process."""
        try:
            with client(part.address, part.port) as server:
                for name, value in _options(part, machine).items():
                    server.execute_command("SENTINEL", "SET", part.master_name, name, value)
        except redis.RedisError as error:
            raise TargetError(
                part=part.name,
                doing=f"telling it how to watch {part.master_name}",
                why=str(error),
                try_=f"groundplan logs {part.name}",
                retry=isinstance(error, redis.ConnectionError),
            ) from error


def _options(part: Sentinel, machine: Machine) -> dict[str, str | int]:
    return {
        "quorum": part.quorum,
        "down-after-milliseconds": DOWN_AFTER_MILLISECONDS,
        "failover-timeout": FAILOVER_MILLISECONDS,
        "parallel-syncs": 1,
        "auth-pass": machine.secret(SECRET),
    }


def _why_not(part: Sentinel, machine: Machine, seen: dict[str, str]) -> str | None:
    """Compares what it sees with those of the design that listen: the rest tell of themselves.

    Seeing more is no harm, for it never forgets anybody.
    """
    primary = f"{seen['ip']}:{seen['port']}"
    if seen["flags"] != "master":
        return f"it says of the primary {primary}: {seen['flags']}"
    for kind, counted, what in (
        (Redis, "num-slaves", f"replicas of {primary}"),
        (Sentinel, "num-other-sentinels", "other Sentinels"),
    ):
        there = sum(
            _listens(other.address, other.port)
            for other in machine.design.at(part.site)
            if isinstance(other, kind) and other.master_name == part.master_name
        )
        if int(seen[counted]) < there - 1:
            return f"it sees {seen[counted]} of {there - 1} {what} so far"
    return None


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=LISTENS_SECONDS).close()
    except OSError:
        return False
    return True

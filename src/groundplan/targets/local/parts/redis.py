"""Redis: a region's cache. Who is primary is the Sentinels' to say, at every start again.

`redis.conf` is the design's and read-only to Redis; `state.conf` includes it and holds the role,
which Redis and Sentinel rewrite.
"""

import shlex
from typing import ClassVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from groundplan.design.parts import Redis
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.processes.programs import REDIS, REDIS_CLI, Program, find
from groundplan.targets.local.recipe import Recipe

SECRET = "redis"
RUN = "run.sh"

_CONF = """\
# {name}, rendered by groundplan: the next `groundplan up` overwrites edits.
bind {address}
port {port}
# There is a password, so protected mode has nothing to protect.
protected-mode no
requirepass {password}
masterauth {password}
# Without these the others would see 127.0.0.1, and no failover would ever find it.
bind-source-addr {address}
replica-announce-ip {address}
replica-announce-port {port}
tcp-keepalive 30

daemonize no
logfile ""
dir {data}

# The append-only file loses a second at kill -9. A snapshot would go back by minutes, and a cache
# that comes back with entries which were deleted since then is worse than an empty one.
appendonly yes
appendfsync everysec
save ""

maxmemory {maxmemory_mb}mb
maxmemory-policy {eviction}
lazyfree-lazy-eviction yes
lazyfree-lazy-expire yes

repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-ping-replica-period 2
repl-timeout 10
repl-backlog-size 4mb
# At a stop it waits for replicas that lag; the supervisor waits 10 s for all of it.
shutdown-timeout 3
# Else a replica that has just copied its primary drops the signal ("Writing initial AOF") for good.
shutdown-on-sigterm force
latency-monitor-threshold 100
"""

_RUN = """\
#!/bin/sh
# Asks the Sentinels who is primary, then becomes Redis. A primary that was away would otherwise
# come back as a second primary and lose after 10 s what was written to it.
umask 077
own={address}
primary=
newest=-1
for sentinel in {sentinels}; do
    # The first answer is right in the middle of a failover, too, when MASTER names the old one.
    answer=$(timeout 1 {cli} -h "$sentinel" -p {sentinel_port} --raw 2>/dev/null <<END
SENTINEL GET-MASTER-ADDR-BY-NAME {master_name}
SENTINEL MASTER {master_name}
END
    ) || continue
    ip= epoch=
    {{
        read -r ip && read -r _
        while read -r key && read -r value; do
            [ "$key" = config-epoch ] && epoch=$value
        done
    }} <<END
$answer
END
    # A Sentinel that was away itself knows an older epoch.
    if [ -n "$epoch" ] && [ "$epoch" -gt "$newest" ]; then
        primary=$ip newest=$epoch
    fi
done
if [ -z "$primary" ]; then # nobody answers: as it was before, or as it was designed
    if [ -f state.conf ]; then
        primary=$(sed -n 's/^replicaof \\([^ ]*\\) .*/\\1/p' state.conf)
    else
        primary={upstream}
    fi
fi
{{
    echo 'include redis.conf'
    if [ -n "$primary" ] && [ "$primary" != "$own" ]; then
        echo "replicaof $primary {port}"
    fi
}} > state.conf.new && mv state.conf.new state.conf
exec {server} state.conf
"""


class RedisRecipe(Recipe[Redis]):
    """One server of a region's group."""

    programs: ClassVar[tuple[Program, ...]] = (REDIS, REDIS_CLI)
    keeps_data: ClassVar[bool] = True

    def command(self, part: Redis, machine: Machine) -> tuple[str, ...]:
        return ("/bin/sh", str(machine.directory(part) / RUN))

    def files(self, part: Redis, machine: Machine) -> tuple[File, ...]:
        conf = _CONF.format(
            name=part.name,
            address=part.address,
            port=part.port,
            password=machine.secret(SECRET),
            data=quoted(str(machine.directory(part) / "data")),
            maxmemory_mb=part.maxmemory_mb,
            eviction=part.eviction,
        )
        return (
            File(path="redis.conf", text=conf, mode=0o600),
            File(path=RUN, text=_run(part), mode=0o755),
        )

    def prepare(self, part: Redis, machine: Machine) -> None:
        (machine.directory(part) / "data").mkdir(mode=0o700, exist_ok=True)

    def probe(self, part: Redis, machine: Machine) -> str | None:
        try:
            with client(part.address, part.port, machine.secret(SECRET)) as server:
                info = server.info("replication")
                server.ping()  # while it reads its data it answers INFO, but refuses the rest
        except redis.RedisError as error:
            return f"it does not answer: {error}"
        assert isinstance(info, dict)
        if info["role"] == "master" or info["master_link_status"] == "up":
            return None
        primary = f"{info['master_host']}:{info['master_port']}"
        if info["master_sync_in_progress"]:
            return f"it is still copying the data of {primary}"
        return f"it is to follow {primary}, but has no link to it"


def client(address: str, port: int, password: str | None = None) -> redis.Redis:
    """A client that gives up after a second instead of trying again."""
    return redis.Redis(
        host=address,
        port=port,
        password=password,
        socket_timeout=1,
        socket_connect_timeout=1,
        decode_responses=True,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
    )


def quoted(text: str) -> str:
    """A string as redis.conf wants it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _run(part: Redis) -> str:
    return _RUN.format(
        address=part.address,
        sentinels=" ".join(part.sentinels),
        cli=shlex.quote(str(find(REDIS_CLI))),
        sentinel_port=part.sentinel_port,
        master_name=shlex.quote(part.master_name),
        upstream=part.upstream or "",
        port=part.port,
        server=shlex.quote(str(find(REDIS))),
    )

"""The files of a PostgreSQL server, the same for either role: a promotion needs no new file.

They stand outside of the data directory, where a base backup would copy them to the next server.
"""

import os
import pwd
import shlex

from groundplan.design.parts import Postgres
from groundplan.targets.local.backups import pgbackrest
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.primacy import named, primary_file
from groundplan.targets.local.processes.programs import find_postgres

SUPERUSER = "postgres"
APP = "app"
REPLICATOR = "replicator"
MONITOR = "monitor"
SECRETS = {
    APP: "postgres-app",
    REPLICATOR: "postgres-replication",
    MONITOR: "postgres-monitor",
}
STATEMENTS = "pg_stat_statements"
RUN = "run.sh"
PASSFILE = "replication.pgpass"

# A standby refuses to run with fewer than its primary, so the number must not follow each region
# that comes or goes. An unused one costs some kilobytes.
SENDERS_MIN = 64

_CONF = """\
# {name}, rendered by groundplan: the next `groundplan up` overwrites edits.
cluster_name = {member}
data_directory = {data}
hba_file = {hba}
ident_file = {ident}

# Who may come in. Only this machine, and each server on an address of its own.
listen_addresses = '{address}'
port = {port}
unix_socket_directories = {sockets}
unix_socket_permissions = 0700
max_connections = {max_connections}
authentication_timeout = 10s
# Notice dead clients within half a minute; a forgotten transaction keeps its locks no longer.
tcp_keepalives_idle = 10
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
client_connection_check_interval = 5s
idle_in_transaction_session_timeout = 60s

# A small machine that several servers share. fsync and full_page_writes stay on.
shared_buffers = {shared_buffers_mb}MB
effective_cache_size = 512MB
random_page_cost = 1.1
jit = off
# Recovery after kill -9 replays at most this much.
max_wal_size = 256MB
min_wal_size = 64MB

# Replication. Slots keep WAL for a replica that is away, but never so much that it fills the disk.
wal_level = replica
wal_log_hints = on
max_wal_senders = {senders}
max_replication_slots = {senders}
wal_keep_size = 64MB
max_slot_wal_keep_size = 512MB
synchronous_standby_names = '{synchronous}'
wal_sender_timeout = 10s
wal_receiver_timeout = 10s
wal_receiver_status_interval = 1s
# The default of 5 s is how long a standby would stay behind after its primary's restart.
wal_retrieve_retry_interval = 500ms
hot_standby = on
hot_standby_feedback = on

{archiving}\
# What can be seen from outside. The supervisor keeps stderr.
shared_preload_libraries = '{libraries}'
track_io_timing = on
log_destination = stderr
logging_collector = off
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
log_min_duration_statement = 500ms
log_checkpoints = on
log_lock_waits = on
"""

_ARCHIVING = """\
# Every change leaves for the repositories. What cannot be sent is kept, and the agent tells.
archive_mode = on
archive_command = {command}
archive_timeout = {seconds}s

"""

_HBA = """\
# {name}, rendered by groundplan. The superuser comes in by the socket alone.
local  all          {superuser}   peer map=operators
{databases}\
host   replication  {replicator}  127.0.0.0/8  scram-sha-256
host   postgres     {replicator}  127.0.0.0/8  scram-sha-256
host   all          {monitor}     127.0.0.0/8  scram-sha-256
"""

_RUN = """\
#!/bin/sh
# Becomes PostgreSQL as soon as nothing of an earlier server is left in the data directory.
# After kill -9 of a postmaster its sessions can go on for a while and keep the next one out.
data={data}
postgres={postgres}
primary={primary}

# Fenced: since a failover somebody else is the primary, and two would both take writes.
if [ ! -e "$data/standby.signal" ] && [ -e "$primary" ] && ! grep -qF {named} "$primary"; then
    echo {part} "is fenced: $(cat "$primary") says who the primary is" >&2
    exit 1
fi

find_left() {{
    left=
    for cwd in /proc/[0-9]*/cwd; do
        pid=${{cwd#/proc/}} pid=${{pid%/cwd}}
        if [ "$cwd" -ef "$data" ] && [ "/proc/$pid/exe" -ef "$postgres" ]; then
            left="$left $pid"
        fi
    done
}}

postmaster=
[ -f "$data/postmaster.pid" ] && read -r postmaster < "$data/postmaster.pid"
tries=0
find_left
while [ -n "$left" ] && [ $tries -lt 250 ]; do
    case "$left " in
        *" $postmaster "*) ;; # it is shutting down: wait for it
        *) [ -z "$postmaster" ] || kill -KILL $left 2>/dev/null ;; # sessions without postmaster
    esac
    sleep 0.1
    tries=$((tries + 1))
    find_left
done
# PostgreSQL believes in a lock file whose process id has gone to somebody else, say by a reboot.
if [ -z "$left" ] && [ -n "$postmaster" ] && [ -d "/proc/$postmaster" ]; then
    rm -f "$data/postmaster.pid" {socket_lock}
fi
exec "$postgres" -D "$data" -c config_file={config}
"""


def rendered(part: Postgres, machine: Machine) -> tuple[File, ...]:
    """Every file that the server reads."""
    password = machine.secret(SECRETS[REPLICATOR])
    return (
        File(path="postgresql.conf", text=_conf(part, machine)),
        File(path="pg_hba.conf", text=_hba(part)),
        File(path="pg_ident.conf", text=_ident()),
        # Any host: after a failover it follows another one.
        File(path=PASSFILE, text=f"*:*:*:{REPLICATOR}:{password}\n", mode=0o600),
        File(path=RUN, text=_run(part, machine), mode=0o755),
        *pgbackrest.files(part, machine),
    )


def has_statements(version: str) -> bool:
    """Whether PostgreSQL's contrib modules are installed, which Debian ships with the server."""
    home = find_postgres("postgres", version=version).parent.parent
    return (home / "lib" / f"{STATEMENTS}.so").is_file()


def _conf(part: Postgres, machine: Machine) -> str:
    folder = machine.directory(part)
    members = ", ".join(f'"{member}"' for member in part.synchronous)
    return _CONF.format(
        name=part.name,
        member=_quoted(part.member),
        data=_quoted(str(folder / "data")),
        hba=_quoted(str(folder / "pg_hba.conf")),
        ident=_quoted(str(folder / "pg_ident.conf")),
        sockets=_quoted('"' + str(folder / "run").replace('"', '""') + '"'),
        address=part.address,
        port=part.port,
        max_connections=part.max_connections,
        shared_buffers_mb=part.shared_buffers_mb,
        # Two for each member (a base backup streams beside the replica), some for backups.
        senders=max(SENDERS_MIN, 2 * len(part.members) + 4),
        synchronous=f"ANY 1 ({members})" if members else "",
        archiving=_archiving(part, machine),
        libraries=STATEMENTS if has_statements(part.version) else "",
    )


def _archiving(part: Postgres, machine: Machine) -> str:
    if part.archiving is None:
        return ""
    script = shlex.quote(str(machine.directory(part) / pgbackrest.SEND)).replace("%", "%%")
    return _ARCHIVING.format(
        command=_quoted(f'/bin/sh {script} "$PWD/%p"'),
        seconds=part.archiving.timeout_seconds,
    )


def _hba(part: Postgres) -> str:
    databases = "".join(
        f'host   "{database}"  +{APP}  127.0.0.0/8  scram-sha-256\n' for database in part.databases
    )
    return _HBA.format(
        name=part.name,
        superuser=SUPERUSER,
        databases=databases,
        replicator=REPLICATOR,
        monitor=MONITOR,
    )


def _ident() -> str:
    """Who may be the superuser on the socket: root, the server's account, and whoever runs us."""
    try:
        ourselves = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        ourselves = str(os.geteuid())
    names = sorted({"root", SUPERUSER, ourselves})
    return "".join(f'operators  "{name}"  {SUPERUSER}\n' for name in names)


def _run(part: Postgres, machine: Machine) -> str:
    folder = machine.directory(part)
    return _RUN.format(
        data=shlex.quote(str(folder / "data")),
        postgres=shlex.quote(str(find_postgres("postgres", version=part.version))),
        primary=shlex.quote(str(primary_file(machine.folder))),
        named=shlex.quote(named(part.name)),
        part=shlex.quote(part.name),
        socket_lock=shlex.quote(str(folder / "run" / f".s.PGSQL.{part.port}.lock")),
        config=shlex.quote(str(folder / "postgresql.conf")),
    )


def _quoted(text: str) -> str:
    """A string as postgresql.conf wants it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

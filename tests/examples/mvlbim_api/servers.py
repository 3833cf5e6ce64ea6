"""Real servers for the service's tests: PostgreSQL, Redis, Sentinel.

Each runs on a port of its own, ends with the test process, and can be killed, paused and revived.
"""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
ACCOUNT = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
DATABASE = "mvlbim"
PASSWORD = "not-a-secret"
MASTER = "cache"
# The ordinary environment of a test is not the platform's.
BARE_ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def within(seconds: float, what: str, is_true: Callable[[], object]) -> float:
    """Waits until it is true and returns how long that took; fails with `what` after `seconds`."""
    began = time.monotonic()
    while not is_true():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)
    return time.monotonic() - began


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def some_address() -> str:
    """A loopback address that other tests on this machine hardly use at the same time."""
    return f"127.{random.randint(60, 99)}.{random.randint(1, 254)}.{random.randint(1, 254)}"


@dataclass(kw_only=True)
class Server:
    """One supervised process: started, killed, paused and resumed by its own process id."""

    folder: Path
    address: str
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    is_log_read: bool = True
    """Whether its output goes to a file, or into a pipe that nobody reads."""
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "stdout"

    @property
    def name(self) -> str:
        return f"{self.address}:{self.port}"

    def launch(
        self, *command: str | Path, cwd: Path, environment: Mapping[str, str] = BARE_ENVIRONMENT
    ) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", "--", *map(str, command)),
                user=ACCOUNT.pw_uid if ACCOUNT and self.runs_as_postgres else None,
                group=ACCOUNT.pw_gid if ACCOUNT and self.runs_as_postgres else None,
                extra_groups=[] if ACCOUNT and self.runs_as_postgres else None,
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log if self.is_log_read else subprocess.PIPE,
                stderr=log,
            )

    @property
    def runs_as_postgres(self) -> bool:
        return False

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def kill(self) -> None:
        """kill -9 of the process and its children; harmless if it does not run."""
        if not self.is_running:
            return
        family = self.family()
        self._send(signal.SIGKILL)
        self.wait()
        within(60, f"all of {self.name} is gone", lambda: not any(map(_lives, family)))

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        for member in self.family():
            with suppress(psutil.NoSuchProcess):  # A server's children come and go.
                member.send_signal(number)

    def terminate(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        assert self.process is not None
        code = self.process.wait(timeout=60)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def accepts(self) -> bool:
        try:
            with socket.create_connection((self.address, self.port), timeout=0.5):
                return True
        except OSError:
            return False


def _lives(process: psutil.Process) -> bool:
    """A zombie does not: it holds nothing any more."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@dataclass(kw_only=True)
class Postgres(Server):
    @property
    def runs_as_postgres(self) -> bool:
        return True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: str) -> str:
        return subprocess.run(
            (POSTGRES_BIN / program, *arguments),
            user=ACCOUNT.pw_uid if ACCOUNT else None,
            group=ACCOUNT.pw_gid if ACCOUNT else None,
            extra_groups=[] if ACCOUNT else None,
            env=BARE_ENVIRONMENT | {"PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "3"},
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout.strip()

    def build(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if ACCOUNT:
            shutil.chown(password, "postgres")
        self.run("initdb", "-N", "-A", "scram-sha-256", "--pwfile", str(password), "-D", "data")
        self.start()
        # The service owns its database and is nothing more than that.
        self.sql(f"create role app login password '{PASSWORD}'")
        self.add_database(DATABASE)

    def build_replica_of(self, primary: "Postgres") -> None:
        source = f"host={primary.address} port={primary.port} user=postgres password={PASSWORD}"
        self.run(
            "pg_basebackup", "-d", source, "-D", "data", "-N", "-R", "-c", "fast", "-X", "stream"
        )
        self.start()

    def start(self) -> None:
        settings = {
            "listen_addresses": self.address,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 50,
            "shared_buffers": "16MB",
            "fsync": "off",
            "wal_retrieve_retry_interval": "100ms",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.launch(POSTGRES_BIN / "postgres", "-D", "data", *options, cwd=self.folder)
        within(60, f"PostgreSQL at {self.name} accepts queries", self.is_ready)

    def add_database(self, name: str) -> None:
        self.sql(f"create database {name} owner app")

    def is_ready(self) -> bool:
        """Whether it answers; a postmaster that lost its children in a crash starts over."""
        try:
            return self.sql("select 1") == "1"
        except subprocess.CalledProcessError:
            return False

    def sql(self, statement: str, database: str = "postgres") -> str:
        return self.run(
            "psql",
            *("-h", self.address, "-p", str(self.port), "-U", "postgres", "-d", database),
            *("-X", "-A", "-t", "-q", "-c", statement),
        )

    def revive(self) -> None:
        if not self.is_running:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self.start()


@dataclass(kw_only=True)
class Redis(Server):
    def start(self) -> None:
        self.launch(
            *("redis-server", "--bind", self.address, "--port", str(self.port)),
            *("--save", "", "--requirepass", PASSWORD, "--masterauth", PASSWORD),
            cwd=self.folder,
        )
        within(60, f"Redis at {self.name} accepts connections", self.accepts)

    def revive(self) -> None:
        if not self.is_running:
            self.start()


@dataclass(kw_only=True)
class Sentinel(Server):
    def watch(self, master: Redis) -> None:
        platform = self.folder / "sentinel.conf"
        platform.write_text(
            f"bind {self.address}\nport {self.port}\nsentinel announce-ip {self.address}\n"
            f"sentinel monitor {MASTER} {master.address} {master.port} 1\n"
            f"sentinel auth-pass {MASTER} {PASSWORD}\n"
            f"sentinel down-after-milliseconds {MASTER} 1000\n"
        )
        self.launch("redis-server", platform, "--sentinel", cwd=self.folder)
        within(60, f"Sentinel at {self.name} accepts connections", self.accepts)

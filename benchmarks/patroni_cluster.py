"""A Patroni cluster of three servers on this machine, tuned to be as quick as Patroni allows.

Nothing of it is a part of groundplan: `install` puts Patroni into a virtual environment of its own
and unpacks Debian's etcd beside it. Everything listens on 127.77.0.0/16 only.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

VERSION = "4.1.5"
BIN = "/usr/lib/postgresql/15/bin"
NODES = {f"node{number}": f"127.77.0.{number}" for number in (1, 2, 3)}
ETCD = "127.77.0.9"
# ttl: Patroni refuses less than 20 (patroni/config.py). primary_start_timeout 0: fail over at once
# instead of starting a killed server again. quorum: commits wait for any one standby, as ours do.
TUNED = {
    "ttl": 20,
    "loop_wait": 1,
    "retry_timeout": 3,
    "primary_start_timeout": 0,
    "synchronous_mode": "quorum",
    "failsafe_mode": True,
    "maximum_lag_on_failover": 1048576,
}


def install(folder: Path) -> None:
    """Patroni from the Python package index and etcd from Debian, unless they are there."""
    venv = folder / "venv"
    if not (venv / "bin" / "patroni").exists():
        _run("/usr/bin/python3", "-m", "venv", "--without-pip", str(venv))
        pip = (sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"))
        _run(*pip, "install", "--quiet", f"patroni[etcd3,psycopg3]=={VERSION}")
    if not (folder / "etcd" / "usr" / "bin" / "etcd").exists():
        _run("apt-get", "download", "etcd-server", cwd=folder)  # unpacked, not installed
        _run("dpkg-deb", "-x", str(next(folder.glob("etcd-server_*.deb"))), str(folder / "etcd"))


class Cluster:
    """Three servers, each with its Patroni, and one etcd. Use it as a context manager."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._account = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Cluster":
        self._folder.chmod(0o755)
        shutil.chown(self._folder, self._account)
        url, peer = f"http://{ETCD}:2379", f"http://{ETCD}:2380"
        client = ("--listen-client-urls", url, "--advertise-client-urls", url)
        peers = ("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer)
        etcd = str(self._programs / "etcd" / "usr" / "bin" / "etcd")
        data = ("--data-dir", str(self._folder / "etcd"), "--initial-cluster", f"default={peer}")
        self._launch("etcd", etcd, *client, *peers, *data)
        for name in NODES:
            self._start(name)
        _within(90, "all three follow", self.is_whole)
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        for name in NODES:
            self.lose(name)
        self._processes["etcd"].kill()
        self._processes["etcd"].wait(timeout=10)

    def dsn(self) -> str:
        """How the writers find whoever takes writes."""
        return (
            f"host={','.join(NODES.values())} port=5432 user=app dbname=vault sslmode=disable "
            "target_session_attrs=read-write application_name=writers"
        )

    def primary(self) -> str:
        """Who leads, by what the nodes say."""
        leading = [name for name, said in self._said().items() if said.get("role") == "primary"]
        return leading[0] if len(leading) == 1 else ""

    def is_whole(self) -> bool:
        """One leads, two stream from it, and one of them confirms."""
        said = self._said()
        streams = [each.get("replication_state") == "streaming" for each in said.values()]
        if not self.primary() or streams.count(True) != 2:
            return False
        with suppress(psycopg.Error), self._asked(self.primary()) as connection:
            row = connection.execute("SHOW synchronous_standby_names").fetchone()
            return row is not None and "ANY" in str(row[0])
        return False

    def strike(self, name: str, number: signal.Signals) -> None:
        """A signal for PostgreSQL's processes; its Patroni lives."""
        where = str(self._data(name))
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if os.readlink(link) == where:
                    os.kill(int(link.parent.name), number)

    def lose(self, name: str) -> None:
        """The whole server, Patroni and all."""
        process = self._processes.pop(name, None)
        if process is not None:
            process.kill()
        self.strike(name, signal.SIGKILL)
        if process is not None:
            process.wait(timeout=10)
        self.strike(name, signal.SIGKILL)

    def mend(self) -> None:
        """Whoever is gone or stopped comes back."""
        for name in NODES:
            if name not in self._processes:
                self._start(name)
            elif self._said().get(name, {}).get("state") != "running":
                self.strike(name, signal.SIGKILL)  # what was stopped can do nothing else
        _within(120, "all three follow", self.is_whole)

    def _prepare(self) -> None:
        with self._asked(self.primary()) as connection:
            connection.execute("CREATE ROLE app LOGIN")
            connection.execute("CREATE DATABASE vault OWNER app")

    def _asked(self, name: str) -> psycopg.Connection:
        return psycopg.connect(
            host=NODES[name], user="postgres", dbname="postgres", connect_timeout=2, autocommit=True
        )

    def _said(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, address in NODES.items():
            with suppress(OSError, ValueError):
                url = f"http://{address}:8008/patroni"
                with urllib.request.urlopen(url, timeout=1) as answer:
                    found[name] = json.load(answer)
        return found

    def _data(self, name: str) -> Path:
        return self._folder / name / "data"

    def _start(self, name: str) -> None:
        folder = self._folder / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            shutil.chown(folder, self._account)
        file = self._folder / f"{name}.yml"
        file.write_text(json.dumps(self._configuration(name), indent=1))  # JSON is YAML
        self._launch(name, str(self._programs / "venv" / "bin" / "patroni"), str(file))

    def _launch(self, name: str, *words: str) -> None:
        account = self._account if os.geteuid() == 0 else None
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", "--", *words),
                user=account,
                group=account,
                extra_groups=[] if account else None,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _configuration(self, name: str) -> dict[str, Any]:
        address = NODES[name]
        who = {"superuser": "postgres", "replication": "replicator", "rewind": "rewinder"}
        trusted = [f"host {what} all 127.0.0.0/8 trust" for what in ("all", "replication")]
        parameters = {"max_connections": 50, "shared_buffers": "32MB"}
        server = {"use_pg_rewind": True, "parameters": parameters}
        return {
            "scope": "vault",
            "name": name,
            "restapi": {"listen": f"{address}:8008", "connect_address": f"{address}:8008"},
            "etcd3": {"hosts": [f"{ETCD}:2379"]},
            "bootstrap": {
                "dcs": {**TUNED, "postgresql": server},
                "initdb": [{"encoding": "UTF8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{address}:5432",
                "connect_address": f"{address}:5432",
                "data_dir": str(self._data(name)),
                "bin_dir": BIN,
                "pg_hba": ["local all all trust", *trusted],
                "authentication": {
                    each: {"username": user, "password": "loopback only"}
                    for each, user in who.items()
                },
                "parameters": {"unix_socket_directories": str(self._folder / name)},
            },
        }


def _within(seconds: float, what: str, is_true: Any) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"after {seconds:g} s still not: {what}"
        time.sleep(0.2)


def _run(*words: str, cwd: Path | None = None) -> None:
    result = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {result.returncode}:\n{result.stderr[-2000:]}")

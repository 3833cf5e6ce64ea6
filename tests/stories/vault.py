"""A platform that is little more than its database in two regions, and what befalls it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from stories.harness import PlatformUnderTest, within
from stories.writers import Writers, dsn_of

from groundplan.targets.local.processes.leftovers import end_all_in
from groundplan.targets.local.processes.supervisor import Supervisor

HOME, PARTNER = "us-east-1", "ca-central-1"
ONE, TWO, THREE = f"{HOME}/postgres-1", f"{HOME}/postgres-2", f"{PARTNER}/postgres-1"
ADDRESSES = {ONE: "127.34.1.1", TWO: "127.34.1.2", THREE: "127.35.1.1"}
PER_SECOND = 600
ENTRY = "127.0.0.1:18095"
FILE = """\
platform: vault
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
primary_database:
  engine: postgres
  version: "15"
  multi_az: true
  standbys: {after: 3 s}
  read_replicas: {count: 1, regions: [ca-central-1]}
disaster_recovery:
  rto: 4 hours
  rpo: 1 hour
  scenarios:
    - name: Regional Outage
      trigger: Primary region unavailable
      action: Failover to secondary region
      automation: automatic
  failover: {after: 2 s}
local: {entry: "127.0.0.1:18095", network: "127.34.0.0"}
"""


class Vault(PlatformUnderTest):
    """The platform's databases, and what befalls them."""

    @property
    def folder(self) -> Path:
        return self.home / "vault-production"

    def primary(self) -> str:
        with suppress(FileNotFoundError):
            return str(json.loads((self.folder / "primary.json").read_text())["name"])
        return ONE

    def dsn(self) -> str:
        password = (self.folder / "secrets" / "postgres-app").read_text()
        return dsn_of(tuple(ADDRESSES.values()), password, "vault")

    def data(self, name: str) -> Path:
        return self.folder / "parts" / name / "data"

    def processes(self, name: str) -> list[int]:
        """Of a server: its postmaster and all sessions."""
        where = str(self.data(name))
        links = Path("/proc").glob("[0-9]*/cwd")
        return [int(link.parent.name) for link in links if _target(link) == where]

    def strike(self, name: str, number: signal.Signals) -> None:
        for pid in self.processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def lose(self, place: str) -> None:
        """A server, or all parts of a region at once; nobody starts them again."""
        supervisor = Supervisor(self.folder)
        rows = supervisor.programs()
        names = [name for name in rows if place in (name, name.partition("/")[0])]
        for name in names:  # killed before anybody tells them to stop: nothing is sent any more
            end_all_in(self.data(name), also=rows[name].pid)
        for name in names:
            supervisor.stop(name, wait=False)
        for name, row in supervisor.programs().items():
            if name in names:
                end_all_in(self.data(name), also=row.pid)

    def asked(self, name: str, query: str) -> object:
        """As the superuser, through the server's own socket: from inside its region."""
        with psycopg.connect(
            host=str(self.data(name).parent / "run"),
            user="postgres",
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        ) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def confirming(self) -> set[str]:
        """Who has to confirm the primary's commits."""
        said = str(self.asked(self.primary(), "SHOW synchronous_standby_names"))
        return set(re.findall(r'"(\w+)"', said))

    def log(self) -> str:
        return (self.folder / "logs" / "global" / "agent.log").read_text()

    def is_whole(self) -> bool:
        """One primary, everybody else follows it, and its neighbour confirms."""
        primary = self.primary()
        try:
            roles = {name: self.asked(name, "SELECT pg_is_in_recovery()") for name in ADDRESSES}
            query = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
            following = self.asked(primary, query)
            return (
                [name for name, is_replica in roles.items() if not is_replica] == [primary]
                and following == len(ADDRESSES) - 1
                and (not primary.startswith(HOME) or len(self.confirming()) == 1)
            )
        except psycopg.Error:
            return False

    @contextmanager
    def written(self) -> Iterator[Writers]:
        """Writers at work; at the end everything that was acknowledged has to be there."""
        writers = Writers(dsn=self.dsn(), per_second=PER_SECOND).start()
        within(60, "writes are acknowledged", lambda: len(writers.acknowledged) > PER_SECOND)
        try:
            yield writers
        finally:
            writers.stop()


def _target(link: Path) -> str | None:
    try:
        return os.readlink(link)
    except OSError:
        return None


def writes_again(writers: Writers) -> float:
    """Seconds until something that is sent from now on is acknowledged."""
    highest = max(writers.acknowledged) + 50  # what was under way may still be acknowledged
    return within(
        60, "writes are acknowledged again", lambda: max(writers.acknowledged) > highest + 50
    )


@contextmanager
def cut_off(block: str) -> Iterator[None]:
    """A packet filter between a region and everybody else. Its servers go on."""
    table = f"inet groundplan_story_{os.getpid()}"
    rules = f"""
    table {table} {{
        chain out {{
            type filter hook output priority 0;
            ip daddr {block} drop
            ip saddr {block} drop
        }}
    }}
    """
    subprocess.run(("nft", "-f", "-"), input=rules, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(("nft", "delete", "table", *table.split()), check=True)


@contextmanager
def slow_disk(pids: Iterable[int], seconds: float) -> Iterator[None]:
    """Every synchronisation to the disk by these processes, and by what they start, takes longer.
    Nothing is changed in them; whoever is killed meanwhile is killed as always."""
    calls = "fsync,fdatasync"
    delay = f"inject={calls}:delay_enter={seconds * 1e6:.0f}"
    attach = [word for pid in pids for word in ("-p", str(pid))]
    command = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", delay)
    with subprocess.Popen((*command, *attach), stderr=subprocess.PIPE, text=True) as tracer:
        try:
            yield
        except BaseException as error:
            tracer.terminate()
            error.add_note(f"strace: {tracer.communicate()[1]}")
            raise
        finally:
            tracer.terminate()


@contextmanager
def vault_up(
    file: str = FILE, *, entry: str = ENTRY, beside: Mapping[str, Path] | None = None
) -> Iterator[Vault]:
    """Up in a folder of its own, with folders beside its file, and gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)  # PostgreSQL runs under an account of its own
    (root / "platform.yaml").write_text(file)
    for name, folder in (beside or {}).items():
        shutil.copytree(folder, root / name)
    vault = Vault(file=root / "platform.yaml", home=root / "home", entry=entry)
    told = vault.groundplan("up")
    try:
        assert told.code == 0, told.err
        within(60, "all is whole", vault.is_whole)
        yield vault
    finally:
        told = vault.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)
        assert told.code == 0, told.err

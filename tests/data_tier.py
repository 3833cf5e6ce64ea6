"""One region's data tier as a design, and real processes for it: for golden files and stories."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from stories.harness import within

from groundplan.design.design import Design, RegionDesign
from groundplan.design.parts import AnyPart, Postgres, Redis, Role, Sentinel
from groundplan.targets.local.files import Reading, write_if_changed
from groundplan.targets.local.machine import SECRETS, Machine, account_for_root
from groundplan.targets.local.parts.postgres import PostgresRecipe
from groundplan.targets.local.parts.redis import RedisRecipe
from groundplan.targets.local.parts.sentinel import SentinelRecipe
from groundplan.targets.local.processes.programs import REDIS as REDIS_SERVER
from groundplan.targets.local.processes.programs import REDIS_CLI, find
from groundplan.targets.local.recipe import Recipe

SITE = "us-east-1"
PRIMARY, STANDBY, REPLICA = (f"{SITE}/postgres-{number}" for number in (1, 2, 3))
REDIS = tuple(f"{SITE}/redis-{number}" for number in (1, 2, 3))
SENTINELS = tuple(f"{SITE}/sentinel-{number}" for number in (1, 2, 3))
RECIPES: dict[type[AnyPart], Recipe] = {
    Postgres: PostgresRecipe(),
    Redis: RedisRecipe(),
    Sentinel: SentinelRecipe(),
}
_ROLES = (Role.PRIMARY, Role.STANDBY, Role.REPLICA)


def data_tier(network: str = "127.60") -> Design:
    """Three PostgreSQL servers, three Redis servers, three Sentinels."""
    return Design(
        platform="shop",
        environment="dev",
        entry="127.0.0.1:8080",
        regions=(RegionDesign(name=SITE, geography="americas", role="primary"),),
        parts=(*_postgres(network), *_redis(network), *_sentinels(network)),
    )


def _postgres(network: str) -> Iterator[Postgres]:
    members = tuple(f"us_east_1_postgres_{number}" for number in (1, 2, 3))
    for number, role in enumerate(_ROLES, start=1):
        yield Postgres(
            name=f"{SITE}/postgres-{number}",
            site=SITE,
            address=f"{network}.1.{number}",
            version="15",
            role=role,
            upstream=None if role is Role.PRIMARY else f"{network}.1.1",
            member=members[number - 1],
            members=tuple(member for member in members if member != members[number - 1]),
            synchronous=(members[1],) if role is Role.PRIMARY else (),
            databases=("shop",),
        )


def _redis(network: str) -> Iterator[Redis]:
    for number in (1, 2, 3):
        yield Redis(
            name=f"{SITE}/redis-{number}",
            site=SITE,
            address=f"{network}.2.{number}",
            role=Role.PRIMARY if number == 1 else Role.REPLICA,
            master_name="cache",
            upstream=None if number == 1 else f"{network}.2.1",
            sentinels=tuple(f"{network}.3.{number}" for number in (1, 2, 3)),
        )


def _sentinels(network: str) -> Iterator[Sentinel]:
    for number in (1, 2, 3):
        yield Sentinel(
            name=f"{SITE}/sentinel-{number}",
            site=SITE,
            address=f"{network}.3.{number}",
            master_name="cache",
            primary=f"{network}.2.1",
            quorum=2,
        )


def machine_in(folder: Path, design: Design) -> Machine:
    """A machine whose secrets are known: "secret-of-<name>"."""
    for name in SECRETS:
        write_if_changed(folder / "secrets" / name, f"secret-of-{name}", mode=0o600)
    return Machine(folder=folder, source=folder, design=design, account=account_for_root())


def compare_with_golden(name: str, machine: Machine, folder: Path, *, update: bool) -> None:
    """The part's rendered files against those in the folder; paths of this machine are named."""
    part = machine.design.part(name)
    ourselves = pwd.getpwuid(os.geteuid()).pw_name
    if update:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    rendered = {}
    for file in RECIPES[type(part)].files(part, machine):
        text = file.text.replace(str(machine.folder), "{folder}")
        for program in (REDIS_SERVER, REDIS_CLI):
            text = text.replace(str(find(program)), f"{{{program.name}}}")
        if ourselves not in ("root", "postgres"):
            text = text.replace(f'operators  "{ourselves}"  postgres\n', "")
        rendered[file.path] = f"# {file.mode:o} {file.reading}\n{text}"
        if update:
            (folder / file.path).write_text(rendered[file.path])
    assert rendered == {path.name: path.read_text() for path in folder.iterdir()}


@dataclass(kw_only=True)
class Tier:
    """Starts parts the way a supervisor does, and ends them by their process ids."""

    machine: Machine
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def part(self, name: str) -> AnyPart:
        return self.machine.design.part(name)

    def recipe(self, name: str) -> Recipe:
        return RECIPES[type(self.part(name))]

    def write(self, name: str) -> None:
        """Its files, as the target writes them."""
        part, recipe = self.part(name), self.recipe(name)
        folder = self.machine.directory(part)
        account = recipe.account(self.machine)
        owner = account.uid if account else -1
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, owner, -1)
        for file in recipe.files(part, self.machine):
            path = folder / file.path
            if file.reading is not Reading.ONCE or not path.exists():
                write_if_changed(path, file.text, mode=file.mode, owner=owner)

    def prepare(self, name: str) -> None:
        self.write(name)
        self.recipe(name).prepare(self.part(name), self.machine)

    def launch(self, name: str) -> None:
        part, recipe = self.part(name), self.recipe(name)
        account = recipe.account(self.machine)
        with (self.machine.folder / f"{name.replace('/', '.')}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", "--", *recipe.command(part, self.machine)),
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                env={"PATH": "/usr/bin:/bin", **dict(recipe.environment(part, self.machine))},
                cwd=recipe.workdir(part, self.machine),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def up(self, *names: str) -> None:
        """Builds, starts and settles parts, one after the other."""
        for name in names:
            self.prepare(name)
            self.launch(name)
            self.ready(name)
            self.recipe(name).settle(self.part(name), self.machine)

    def why_not(self, name: str) -> str | None:
        return self.recipe(name).probe(self.part(name), self.machine)

    def ready(self, name: str) -> float:
        seconds = self.recipe(name).ready_seconds
        return within(seconds, f"{name} serves", lambda: self.why_not(name) is None)

    def kill(self, name: str) -> None:
        """kill -9 of the part's own process."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(timeout=60)

    def stop(self, *names: str) -> None:
        for name in names:
            process, recipe = self.processes.pop(name), self.recipe(name)
            process.send_signal(signal.Signals[f"SIG{recipe.stop_signal}"])
            process.wait(timeout=recipe.stop_seconds)

    def sql(self, name: str, query: str, *, user: str = "app", database: str = "shop") -> list:
        """Over TCP, with the role's password."""
        secret = {"app": "postgres-app", "monitor": "postgres-monitor"}[user]
        part = self.part(name)
        with psycopg.connect(
            host=part.address,
            user=user,
            password=self.machine.secret(secret),
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        ) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def tier() -> Iterator[Tier]:
    """A tier in a folder of its own, with addresses of its own; nothing of it stays."""
    # Not under pytest's folder: PostgreSQL's account could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="gpdt-"))
    folder.chmod(0o755)
    tier = Tier(machine=machine_in(folder, data_tier(f"127.{60 + os.getpid() % 40}")))
    try:
        yield tier
    finally:
        for name in reversed(tuple(tier.processes)):
            tier.stop(name)
        shutil.rmtree(folder)

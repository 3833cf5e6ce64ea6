"""The PostgreSQL servers of a platform on this machine, as operations see them and act on them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.databases import Claim, Sight, Vantage
from groundplan.targets.local import primacy
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_data
from groundplan.targets.local.parts.postgres import PostgresRecipe
from groundplan.targets.local.parts.postgres_files import MONITOR, SECRETS, SUPERUSER
from groundplan.targets.local.parts.postgres_server import first_line
from groundplan.targets.local.processes.leftovers import end_all_in
from groundplan.targets.local.processes.programs import find_postgres
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until
from groundplan.targets.local.recovery import asking
from groundplan.targets.local.recovery.eye import Eye

LOOK_SECONDS = 0.5
ASK_SECONDS = 5.0  # for what is to be done at once
PROMOTE_SECONDS = 60.0
FENCE_SECONDS = 15.0
HERE = "here"
_END = re.compile(r"^Latest checkpoint location: +([0-9A-F]+)/([0-9A-F]+)$", re.MULTILINE)
_STATE = re.compile(r"^Database cluster state: +(.+)$", re.MULTILINE)
_RECIPE = PostgresRecipe()


class LocalDatabases:
    """One thread uses it at a time; each user has one of its own."""

    def __init__(self, machine: Machine, supervisor: Supervisor) -> None:
        self._machine = machine
        self._supervisor = supervisor
        self._parts = {p.name: p for p in machine.design.parts if isinstance(p, Postgres)}
        names = {part.address: part.name for part in self._parts.values()}
        names |= {part.member: part.name for part in self._parts.values()}
        password = machine.secret(SECRETS[MONITOR]) if self._parts else ""
        self._eyes = {name: Eye(part, password, names) for name, part in self._parts.items()}
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(self._parts)))

    def names(self) -> tuple[str, ...]:
        return tuple(self._parts)

    def region_of(self, name: str) -> str:
        return self._parts[name].site

    def claim(self) -> Claim:
        said = primacy.claimed(self._machine.folder)
        return said or Claim(name=primacy.leader(self._machine).name, term=0)

    def look(self) -> tuple[Sight, ...]:
        return tuple(self._pool.map(self._look, self._parts.values()))

    def reach(self, region: str) -> tuple[Vantage, ...]:
        places = {p.site: p.address for p in self._machine.design.parts if p.site != "global"}
        servers = [part for part in self._parts.values() if part.site == region]
        doors = [
            (place, source, server)
            for place, source in ((HERE, None), *places.items())
            for server in servers
            if place != region
        ]
        with ThreadPoolExecutor(max_workers=max(1, len(doors))) as pool:
            heard = list(pool.map(lambda door: _greets(*door[1:]), doors))
        return tuple(
            Vantage(
                place=place,
                reached=tuple(
                    server.name
                    for (at, _, server), greets in zip(doors, heard, strict=True)
                    if at == place and greets
                ),
            )
            for place in dict.fromkeys(at for at, _, _ in doors)
        )

    def name_primary(self, claim: Claim) -> None:
        primacy.claim(self._machine.folder, claim)

    def fence(self, name: str) -> None:
        data = self._machine.directory(self._parts[name]) / "data"
        if self._supervisor.is_up():
            self._supervisor.stop(name, wait=False)
        if not wait_until(lambda: self._is_ended(name), seconds=FENCE_SECONDS):
            raise TargetError(
                part=name,
                doing="fencing it",
                why=f"processes in {data} are still there after {FENCE_SECONDS:g} s",
                try_="end them by hand; until then nobody else is made the primary",
                retry=True,
            )

    def shut_down(self, name: str) -> int:
        self._supervisor.stop(name)
        part = self._parts[name]
        program = find_postgres("pg_controldata", version=part.version)
        data = self._machine.directory(part) / "data"
        said = self._machine.run(
            name,
            "reading where its log ends",
            (str(program), str(data)),
            account=self._machine.account,
            environment=(("LC_ALL", "C"),),
        )
        state, end = _STATE.search(said), _END.search(said)
        if state is None or end is None or not state[1].startswith("shut down"):
            raise TargetError(
                part=name,
                doing="stopping it in order",
                why=f"its data says: {state[1] if state else 'nothing'}",
                try_=f"groundplan logs {name}",
            )
        return (int(end[1], 16) << 32) + int(end[2], 16)

    def start(self, name: str) -> None:
        part = self._parts[name]
        self._supervisor.start(name)
        eye = self._eyes[name]
        seconds = _RECIPE.ready_seconds
        if not wait_until(lambda: eye.look(seconds=LOOK_SECONDS).answers, seconds=seconds):
            raise TargetError(
                part=name,
                doing="starting it",
                why=_RECIPE.probe(part, self._machine) or "it does not answer",
                try_=f"groundplan logs {name}",
                retry=True,
            )

    def promote(self, name: str) -> None:
        if self._ask(name, "SELECT pg_is_in_recovery()::int") == b"1":
            query = f"SELECT pg_promote(true, {PROMOTE_SECONDS:.0f})::int"
            if self._ask(name, query, seconds=PROMOTE_SECONDS) != b"1":
                raise TargetError(
                    part=name,
                    doing="promoting it",
                    why=f"it did not become the primary within {PROMOTE_SECONDS:g} s",
                    try_=f"groundplan logs {name}",
                    retry=True,
                )
        _RECIPE.settle(self._parts[name], self._machine)

    def follow(self, name: str, primary: str) -> None:
        part = self._parts[name]
        whom = postgres_data.conninfo(part, self._parts[primary], self._machine)
        self._set(name, "primary_conninfo", whom)
        self._set(name, "primary_slot_name", part.member)

    def rejoin(self, name: str) -> str:
        part = self._parts[name]
        self.fence(name)
        how = postgres_data.rejoin(part, self._machine)
        self._supervisor.start(name)
        if not self._streams(part):
            self.fence(name)
            postgres_data.build(part, self._machine)
            how = "rebuilt"
            self.start(name)
        return how

    def confirm_by(self, primary: str, names: tuple[str, ...]) -> None:
        members = ", ".join(f'"{self._parts[name].member}"' for name in names)
        self._set(primary, "synchronous_standby_names", f"ANY 1 ({members})" if names else "")

    def close(self) -> None:
        """Ends its connections."""
        self._pool.shutdown()
        for eye in self._eyes.values():
            eye.close()

    def _look(self, part: Postgres) -> Sight:
        sight = self._eyes[part.name].look(seconds=LOOK_SECONDS)
        is_fenced = not sight.answers and primacy.is_fenced(part, self._machine)
        return replace(sight, is_fenced=True) if is_fenced else sight

    def _is_ended(self, name: str) -> bool:
        row = self._supervisor.programs().get(name)
        pid = row.pid if row else None
        return not end_all_in(self._machine.directory(self._parts[name]) / "data", also=pid)

    def _streams(self, part: Postgres) -> bool:
        return wait_until(lambda: _RECIPE.probe(part, self._machine) is None, seconds=20, every=0.1)

    def _set(self, name: str, setting: str, value: str) -> None:
        """In the data directory, where it wins over the file that `up` writes."""
        statement = sql.SQL("ALTER SYSTEM SET {} = {}").format(
            sql.Identifier(setting), sql.Literal(value)
        )
        self._ask(name, statement.as_string(None), rows=False)
        self._ask(name, "SELECT pg_reload_conf()")

    def _ask(
        self, name: str, query: str, *, seconds: float = ASK_SECONDS, rows: bool = True
    ) -> bytes | None:
        """As the superuser, through the socket, and never longer than that."""
        part = self._parts[name]
        deadline = time.monotonic() + seconds
        place = make_conninfo(
            host=str(postgres_data.sockets(part, self._machine)),
            port=part.port,
            user=SUPERUSER,
            dbname="postgres",
        )
        try:
            line = asking.connect(place, deadline=deadline)
            try:
                if rows:
                    return asking.row(line, query.encode(), deadline=deadline)[0]
                asking.do(line, query.encode(), deadline=deadline)
                return None
            finally:
                line.finish()
        except (psycopg.Error, OSError) as error:
            raise TargetError(
                part=name,
                doing=f"asking it to {query.split('(')[0].lower()}",
                why=first_line(error),
                try_=f"groundplan logs {name}",
                retry=True,
            ) from error


def _greets(source: str | None, server: Postgres) -> bool:
    why = asking.knock(server.address, server.port, seconds=LOOK_SECONDS, source=source)
    return why is None

"""Renews the credentials of the stores while everybody goes on working.

Old and new are both let in from `admit` until `retire`; in between the files change over and the
parts that use them are restarted one by one. Every step is harmless twice, and a renewal that was
given up half-way is finished by the next one.
"""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from groundplan.design.parts import (
    AnyPart,
    Postgres,
    PostgresExporter,
    Redis,
    RedisExporter,
    Sentinel,
    Service,
)
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import LOGIN, Machine
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.parts.postgres_files import APP, MONITOR, REPLICATOR
from groundplan.targets.local.parts.postgres_files import SECRETS as SECRET_OF
from groundplan.targets.local.parts.redis import SECRET, client
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes import launch

SECOND_LOGIN = f"{APP}_2"
RENEWED = (*SECRET_OF.values(), SECRET)  # old backups are read with the pass phrase they had
_USERS = (Service, PostgresExporter, RedisExporter)  # what is told a credential at its start


class LocalCredentials:
    """The credentials of one platform; `without` names regions that are left alone.

    `restarted` starts a part anew without a request lost.
    """

    def __init__(
        self,
        machine: Machine,
        restarted: Callable[[str], None],
        *,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._machine, self._restarted = machine, restarted
        self._parts = tuple(part for part in machine.design.parts if part.site not in without)
        folder = machine.folder / "secrets"
        self._now, self._next, self._former = folder, folder / "next", folder / "former"

    def prepare(self) -> None:
        """Makes the new ones, beside those that count."""
        if self._next.is_dir() or self._former.is_dir():
            return
        being_made = self._now / "next.new"
        shutil.rmtree(being_made, ignore_errors=True)
        being_made.mkdir(mode=0o700)
        for name in RENEWED:
            write_if_changed(being_made / name, secrets.token_urlsafe(24), mode=0o600)
        login = SECOND_LOGIN if self._machine.login(APP) == APP else APP
        write_if_changed(being_made / LOGIN, login, mode=0o600)
        being_made.rename(self._next)

    def admit(self) -> None:
        """Lets services in with the new ones, too."""
        if not self._next.is_dir():
            return  # they count already
        login, password = (_read(self._next, name) for name in (LOGIN, SECRET_OF[APP]))
        with self._primary() as connection:
            postgres_server.make_login(connection, login, password)
        for part, server in self._caches():
            with _told(part, "letting the new password in"):
                added = f"+{_read(self._next, SECRET)}"
                server.acl_setuser("default", enabled=True, passwords=[added])
                server.config_set("masterauth", _read(self._next, SECRET))

    def switch(self) -> tuple[str, ...]:
        """From here on the new ones count; returns the parts that have to be restarted."""
        self._former.mkdir(mode=0o700, exist_ok=True)
        for path in sorted(self._next.iterdir()) if self._next.is_dir() else ():
            former, current = self._former / path.name, self._now / path.name
            if not former.exists():
                text = current.read_text() if current.exists() else APP
                write_if_changed(former, text, mode=0o600)
            os.replace(path, current)
        shutil.rmtree(self._next, ignore_errors=True)
        with self._primary() as connection:
            for role in (REPLICATOR, MONITOR):
                secret = self._machine.secret(SECRET_OF[role])
                postgres_server.make_role(connection, role, secret)
        for part in self._parts:
            launch.write(part, recipe_of(part), self._machine)
            if isinstance(part, Sentinel):
                recipe_of(part).settle(part, self._machine)
        return tuple(part.name for part in self._parts if isinstance(part, _USERS))

    def restart(self, part: str) -> None:
        """Starts it anew, drained before."""
        self._restarted(part)

    def retire(self) -> None:
        """Nobody comes in with the old ones any more, and whoever is in is sent out."""
        if not self._former.is_dir():
            return
        with self._primary() as connection:
            postgres_server.end_login(connection, _read(self._former, LOGIN))
        switched = time.time() - (self._former / LOGIN).stat().st_mtime
        for part, server in self._caches():
            with _told(part, "refusing the old password"):
                server.config_set("requirepass", self._machine.secret(SECRET))
                for session in server.client_list(_type="normal"):
                    if int(session["age"]) > switched:
                        server.client_kill_filter(_id=session["id"])

    def still_admitted(self) -> tuple[str, ...]:
        """Where the old ones still open something, or nobody could say that they do not."""
        return tuple(self._doubts()) if self._former.is_dir() else ()

    def forget(self) -> None:
        """Deletes the old ones."""
        shutil.rmtree(self._former, ignore_errors=True)

    def _doubts(self) -> Iterator[str]:
        roles = {_read(self._former, LOGIN): SECRET_OF[APP]}
        roles |= {role: SECRET_OF[role] for role in (REPLICATOR, MONITOR)}
        for part in self._parts:
            if isinstance(part, Postgres):
                for role, secret in roles.items():
                    yield from _postgres_doubt(part, role, _read(self._former, secret))
            elif isinstance(part, Redis):
                yield from _redis_doubt(part, _read(self._former, SECRET))

    def _primary(self) -> postgres_server.Connection:
        """The server that accepts writes; TargetError when there is none."""
        for part in self._parts:
            if not isinstance(part, Postgres):
                continue
            try:
                sockets = self._machine.directory(part) / "run"
                connection = postgres_server.connect(sockets, part, options="")
            except psycopg.Error:
                continue
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row == (False,):
                return connection
            connection.close()
        raise TargetError(
            part="postgres",
            doing="renewing credentials",
            why="no PostgreSQL server accepts writes, and roles are changed at the primary",
            try_="groundplan status; then repeat",
            retry=True,
        )

    def _caches(self) -> Iterator[tuple[AnyPart, redis.Redis]]:
        """Each server, logged in with whatever it knows by now."""
        for part in self._parts:
            if isinstance(part, Redis):
                with _told(part, "logging in"):
                    server = self._cache(part)
                with server:
                    yield part, server

    def _cache(self, part: Redis) -> redis.Redis:
        for folder in (self._now, self._former):
            server = client(part.address, part.port, _read(folder, SECRET))
            try:
                server.ping()
            except redis.AuthenticationError:
                server.close()
                if not self._former.is_dir():
                    raise
            else:
                return server
        raise redis.AuthenticationError("it takes neither the present nor the former password")


@contextmanager
def _told(part: AnyPart, doing: str) -> Iterator[None]:
    """What Redis raises, as a TargetError."""
    try:
        yield
    except redis.RedisError as error:
        raise TargetError(
            part=part.name,
            doing=doing,
            why=str(error),
            try_=f"groundplan logs {part.name}; then repeat: what is done stays done",
            retry=True,
        ) from error


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text()


def _postgres_doubt(part: Postgres, role: str, password: str) -> Iterator[str]:
    database = part.databases[0] if role.startswith(APP) else "postgres"
    try:
        psycopg.connect(
            host=part.address,
            port=part.port,
            user=role,
            password=password,
            dbname=database,
            connect_timeout=postgres_server.SECONDS,
            sslmode="disable",
        ).close()
    except psycopg.OperationalError as error:
        text = postgres_server.first_line(error)
        refused = (
            "password authentication failed",
            "no pg_hba.conf entry",
            "not permitted to log in",
        )
        if not any(words in text for words in refused):
            yield f"{part.name} could not be asked: {text}"
    else:
        yield f"{part.name} still lets {role} in with its former password"


def _redis_doubt(part: Redis, password: str) -> Iterator[str]:
    try:
        with client(part.address, part.port, password) as server:
            server.ping()
    except redis.AuthenticationError:
        return
    except redis.RedisError as error:
        yield f"{part.name} could not be asked: {error}"
    else:
        yield f"{part.name} still takes the former password"

"""Asks one PostgreSQL server where it is in the log of changes, within a bound of time."""

import time

import psycopg

from groundplan.agent.sampling.seen import Away, Server
from groundplan.targets.local.recovery import asking

SECONDS = 2
USER = "monitor"
SECRET = "postgres-monitor"
# A promoted replica replays all that it has received, so that is what a disaster leaves. After a
# restart the received position begins at a segment's start, which may be before the replayed one.
POSITION = b"""
SELECT pg_is_in_recovery()::int,
    (CASE WHEN pg_is_in_recovery()
        THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
        ELSE pg_current_wal_lsn() END - '0/0')::bigint,
    extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8
"""


class PostgresClient:
    """One server, over a connection that is kept."""

    def __init__(self, name: str, address: str, port: int, password: str) -> None:
        self.name = name
        self._place = {"host": address, "port": port, "user": USER, "password": password}
        self._connection: psycopg.Connection | None = None

    def look(self) -> Server | Away:
        """Its position, or why it tells none."""
        is_kept = self._connection is not None
        try:
            return self._position()
        except TimeoutError as error:
            return Away(name=self.name, why=str(error))
        except (psycopg.Error, OSError) as error:
            if not is_kept:
                return Away(name=self.name, why=first_line(error))
        try:
            return self._position()  # it was restarted since the last look
        except (psycopg.Error, OSError) as error:
            return Away(name=self.name, why=first_line(error))

    def close(self) -> None:
        """Ends its connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _position(self) -> Server:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    **self._place,  # type: ignore[arg-type]
                    dbname="postgres",
                    application_name="groundplan-agent",
                    connect_timeout=SECONDS,
                    sslmode="disable",
                    autocommit=True,
                )
            replica, position, applied = asking.row(
                self._connection.pgconn, POSITION, deadline=time.monotonic() + SECONDS
            )
        except BaseException:
            self.close()
            raise
        assert position is not None
        return Server(
            name=self.name,
            is_primary=replica == b"0",
            position=int(position),
            applied_seconds_ago=float(applied) if applied is not None else None,
        )


def first_line(error: Exception) -> str:
    """What libpq says, without its advice."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))

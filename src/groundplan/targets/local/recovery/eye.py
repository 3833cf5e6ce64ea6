"""Looks at one PostgreSQL server again and again, over connections that are kept."""

import time
from collections.abc import Mapping
from dataclasses import replace

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus
from psycopg.pq.abc import PGconn as Line

from groundplan.design.parts import Postgres
from groundplan.ports.databases import Sight
from groundplan.targets.local.parts.postgres_files import MONITOR
from groundplan.targets.local.parts.postgres_server import first_line
from groundplan.targets.local.recovery import asking

_LOOK = rb"""
SELECT (NOT r)::int,
  ((CASE WHEN r THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    ELSE pg_current_wal_lsn() END) - '0/0')::bigint,
  ((CASE WHEN r THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END) - '0/0')::bigint,
  (CASE WHEN r THEN (SELECT min_recovery_end_timeline FROM pg_control_recovery())
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END),
  (SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'),
  (SELECT extract(epoch FROM clock_timestamp() - last_msg_receipt_time)
    FROM pg_stat_wal_receiver WHERE status = 'streaming')::float8,
  (SELECT string_agg(application_name, ' ') FROM pg_stat_replication WHERE state = 'streaming'),
  (CASE WHEN NOT r THEN current_setting('synchronous_standby_names') END),
  extract(epoch FROM CASE WHEN r THEN pg_last_xact_replay_timestamp()
    ELSE clock_timestamp() END)::float8
FROM (SELECT pg_is_in_recovery() AS r) s
"""
# A transaction of its own with nothing in it but a note in the log: it waits for its standby.
_WRITE = b"SELECT pg_logical_emit_message(true, 'groundplan', 'probe')"


class Eye:
    """One server. One thread uses it at a time."""

    def __init__(self, part: Postgres, password: str, others: Mapping[str, str]) -> None:
        """`others`: the name of each server by its address and by its member name."""
        self.part = part
        self._others = others
        self._conninfo = make_conninfo(
            host=part.address,
            port=part.port,
            user=MONITOR,
            password=password,
            dbname="postgres",
            sslmode="disable",
            application_name="groundplan-watch",
        )
        self._asks: Line | None = None
        self._writes: Line | None = None
        self._is_writing = False

    def look(self, *, seconds: float) -> Sight:
        """What it tells within the time."""
        deadline = time.monotonic() + seconds
        try:
            said = self._ask(deadline)
        except (psycopg.Error, OSError) as error:
            self._drop_asking()
            return self._unseen(first_line(error))
        sight = self._sight(said)
        if not sight.is_primary:
            self._drop_writing()
            return sight
        greeted = asking.knock(self.part.address, self.part.port, seconds=_left(deadline))
        return self._with_write(sight, deadline, takes_guests=greeted is None)

    def close(self) -> None:
        """Ends its connections."""
        self._drop_asking()
        self._drop_writing()

    def _ask(self, deadline: float) -> tuple[bytes | None, ...]:
        """Twice when the connection is an old one: the server may have been restarted."""
        if self._asks is not None:
            try:
                return asking.row(self._asks, _LOOK, deadline=deadline)
            except TimeoutError:
                raise
            except (psycopg.Error, OSError):
                self._drop_asking()
        self._asks = asking.connect(self._conninfo, deadline=deadline)
        return asking.row(self._asks, _LOOK, deadline=deadline)

    def _sight(self, said: tuple[bytes | None, ...]) -> Sight:
        primary, received, replayed, timeline, sender, heard, *rest = (
            value.decode() if value is not None else "" for value in said
        )
        followers, synchronous, caught_up = rest
        names = synchronous.replace('"', " ").replace(",", " ").replace("(", " ").replace(")", " ")
        return Sight(
            name=self.part.name,
            region=self.part.site,
            answers=True,
            is_primary=primary == "1",
            received=int(received or 0),
            replayed=int(replayed or 0),
            timeline=int(timeline or 0),
            follows=self._others.get(sender, sender),
            heard_seconds_ago=float(heard) if heard else None,
            caught_up_to=float(caught_up) if caught_up else None,
            followers=self._named(followers),
            synchronous=self._named(names),
        )

    def _named(self, members: str) -> tuple[str, ...]:
        return tuple(self._others[word] for word in members.split() if word in self._others)

    def _with_write(self, sight: Sight, deadline: float, *, takes_guests: bool) -> Sight:
        is_acknowledged = self._write(deadline)
        return replace(sight, takes_guests=takes_guests, acknowledged=is_acknowledged)

    def _write(self, deadline: float) -> bool:
        """Whether a write is confirmed in time. One that is not stays under way: asking again and
        again would fill the server with sessions that wait."""
        try:
            if self._writes is None or self._writes.status == ConnStatus.BAD:
                self._drop_writing()
                self._writes = asking.connect(self._conninfo, deadline=deadline)
            if not self._is_writing:
                asking.send(self._writes, _WRITE, deadline=deadline)
                self._is_writing = True
            asking.answer(self._writes, deadline=deadline)
        except TimeoutError:
            return False
        except (psycopg.Error, OSError):
            self._drop_writing()
            return False
        self._is_writing = False
        return True

    def _unseen(self, why: str) -> Sight:
        return Sight(name=self.part.name, region=self.part.site, answers=False, why=why)

    def _drop_asking(self) -> None:
        if self._asks is not None:
            self._asks.finish()
            self._asks = None

    def _drop_writing(self) -> None:
        if self._writes is not None:
            self._writes.finish()
            self._writes = None
        self._is_writing = False


def _left(deadline: float) -> float:
    return max(0.01, deadline - time.monotonic())

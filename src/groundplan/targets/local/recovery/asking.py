"""Asks a PostgreSQL server within a bound of time.

A stopped process keeps its sockets open, and libpq would wait for it for ever; so everything is
waited for here.
"""

import contextlib
import select
import socket
import time

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, PGconn, PollingStatus
from psycopg.pq.abc import PGconn as Line
from psycopg.pq.abc import PGresult

# "Do you speak TLS?": the shortest question that a server answers before it knows who asks.
_KNOCK = bytes((0, 0, 0, 8, 4, 210, 22, 47))


def connect(conninfo: str, *, deadline: float) -> Line:
    """A connection; TimeoutError or psycopg.OperationalError when there is none by then."""
    line = PGconn.connect_start(conninfo.encode())
    try:
        while True:
            if line.status == ConnStatus.BAD:
                raise psycopg.OperationalError(_said(line))
            match line.connect_poll():
                case PollingStatus.OK:
                    line.nonblocking = 1
                    return line
                case PollingStatus.READING:
                    wait(line, deadline, writes=False)
                case PollingStatus.WRITING:
                    wait(line, deadline, writes=True)
                case _:
                    raise psycopg.OperationalError(_said(line))
    except BaseException:
        line.finish()
        raise


def row(line: Line, query: bytes, *, deadline: float) -> tuple[bytes | None, ...]:
    """The answer's first row."""
    send(line, query, deadline=deadline)
    return answer(line, deadline=deadline)


def send(line: Line, query: bytes, *, deadline: float) -> None:
    """Sends a question; `answer` waits for what is said to it."""
    line.send_query(query)
    while line.flush():
        wait(line, deadline, writes=True)


def do(line: Line, command: bytes, *, deadline: float) -> None:
    """Has a command done that has no rows to tell."""
    send(line, command, deadline=deadline)
    result = _result(line, deadline)
    if result is None or result.status != ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError(_said(line))


def answer(line: Line, *, deadline: float) -> tuple[bytes | None, ...]:
    """The first row of what is said to the last question; TimeoutError leaves it under way."""
    result = _result(line, deadline)
    if result is None or result.status != ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(_said(line))
    return tuple(result.get_value(0, column) for column in range(result.nfields))


def _result(line: Line, deadline: float) -> PGresult | None:
    result: PGresult | None = None
    while True:
        while line.is_busy():
            wait(line, deadline, writes=False)
            line.consume_input()
        following = line.get_result()
        if following is None:
            break
        result = following
    return result


def knock(address: str, port: int, *, seconds: float, source: str | None = None) -> str | None:
    """None when somebody greets a new guest there, who comes from `source`; else the reason."""
    try:
        with contextlib.closing(
            socket.create_connection(
                (address, port), seconds, source_address=(source, 0) if source else None
            )
        ) as door:
            door.settimeout(seconds)
            door.sendall(_KNOCK)
            return None if door.recv(1) else "it closed the door"
    except TimeoutError:
        return f"no greeting within {seconds:g} s"
    except OSError as error:
        return str(error)


def wait(line: Line, deadline: float, *, writes: bool) -> None:
    """Waits until the connection can be used; TimeoutError when the time is over."""
    left = max(0.0, deadline - time.monotonic())
    writers = [line.socket] if writes else []
    if not any(select.select([line.socket], writers, [], left)[:2]):
        raise TimeoutError("no answer in time")


def _said(line: Line) -> str:
    return line.get_error_message().strip() or "it gave no answer"

"""Durable operations over dbos, which only this module knows (docs/decisions/0009).

One workflow, `perform`, is all that dbos sees; what it does is looked up by its kind. When a
process is killed its successor performs anew what was not at its end: steps that were done return
what was recorded. All that is recorded is JSON. dbos is one for each process, and so is Durable.
"""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOS, DBOSConfig, Serializer, SetWorkflowID
from dbos import error as errors
from sqlalchemy.exc import SQLAlchemyError

from groundplan.agent.performing.gate import Gate, LifeEnded
from groundplan.errors import TargetError
from groundplan.ports.folder import STEPS
from groundplan.ports.journal import Journal, Signal
from groundplan.sqlite import sqlite_url

T = TypeVar("T")
Perform = Callable[[str, str, Journal], None]  # kind, arguments as JSON, the journal
Tell = Callable[[str, int, str, str], None]  # operation, number of the line, message, because
Trouble = Callable[[str], None]

VERSION = "1"  # the same for ever: an update of groundplan goes on with what the old one began
EXECUTOR = "agent"
TOPIC = "signals"
POLL_SECONDS = 0.1
URL = "GROUNDPLAN_JOURNAL_URL"  # of a PostgreSQL database, for who wants the record elsewhere
THREADS = 32  # operations at once; those that wait need one, too
_REFUSED = (SQLAlchemyError, errors.DBOSException)


class Bug(Exception):
    """A step failed in a way that is our own mistake."""


class Durable:
    """The operations of one platform: begun, resumed, told, forgotten.

    `lives` are those that this process performs, each with whether it waits.
    """

    def __init__(
        self, url: str, perform: Perform, tell: Tell, trouble: Trouble, *, schema: str = "dbos"
    ) -> None:
        self.lives: dict[str, bool] = {}
        self._lost: set[str] = set()
        self.tell = tell
        self._perform, self._trouble = perform, trouble
        self._gate = Gate()
        _speak_through(trouble)
        config: DBOSConfig = {
            "name": "groundplan",
            "system_database_url": url,
            "dbos_system_schema": schema,
            "application_version": VERSION,
            "executor_id": EXECUTOR,
            "enable_otlp": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": POLL_SECONDS,
            "max_executor_threads": THREADS,
            "serializer": _Json(),
        }
        DBOS(config=config)

        @DBOS.workflow(name="perform", max_recovery_attempts=None)
        def workflow(kind: str, arguments: str) -> None:
            self._live(kind, arguments)

        self._workflow = workflow

    def launch(self) -> None:
        """Resumes what a former process did not end."""
        try:
            with _told("opening the record of steps"):
                DBOS.launch()
        except BaseException:
            DBOS.destroy(destroy_registry=True)  # so that it can be tried again
            raise

    def begin(self, operation: str, kind: str, arguments: str) -> None:
        """Performs one in a thread of its own; one that was begun already is left alone."""

        def begin() -> None:
            if DBOS.get_workflow_status(operation) is not None:
                return
            with SetWorkflowID(operation):
                DBOS.start_workflow(self._workflow, kind, arguments)

        with _told(f"beginning {operation}"):
            Context().run(begin)  # an operation may start another one: dbos is not to nest them

    def mend(self) -> None:
        """Performs anew what lost its life while this process lives."""
        for operation in self._lost - self.lives.keys():
            with _told(f"resuming {operation}"):
                DBOS.resume_workflow(operation)
            self._lost.discard(operation)

    def send(self, operation: str, signal: Signal) -> None:
        """Tells an operation, which hears it when it next waits for a signal."""
        said = {"name": signal.name, "who": signal.who, "why": signal.why}
        with _told(f"telling {operation} to {signal.name}"):
            Context().run(DBOS.send, operation, said, topic=TOPIC)

    def forget(self, operations: Iterable[str]) -> None:
        """Drops the steps of operations that have ended."""
        with _told("dropping old steps"):
            DBOS.delete_workflows(list(operations))

    def close(self, seconds: float) -> None:
        """Lets steps that are being done end, within a bound, and no further one begin.

        Operations stay where they are; the next launch goes on with them. Their threads are held
        until the process ends by `os._exit`.
        """
        self._gate.close(seconds)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """A call of dbos; what its database refuses ends this life of the operation, no more."""
        try:
            with self._gate:
                yield
        except _REFUSED as error:
            self._trouble(str(error).splitlines()[0])
            raise LifeEnded from error
        self._gate.stand()

    @contextmanager
    def waiting(self, operation: str) -> Iterator[None]:
        """The same for a call that may wait for long: nobody has to wait for its end."""
        self._gate.stand()
        self.lives[operation] = True
        try:
            yield
        except _REFUSED as error:
            self._trouble(str(error).splitlines()[0])
            raise LifeEnded from error
        finally:
            self.lives[operation] = False
        self._gate.stand()

    def _live(self, kind: str, arguments: str) -> None:
        operation = DBOS.workflow_id
        assert operation is not None
        self.lives[operation] = False
        try:
            self._perform(kind, arguments, _Life(operation, self))
        except LifeEnded:
            self._lost.add(operation)
            raise
        finally:
            self._gate.stand()
            del self.lives[operation]


class _Life:
    """The journal of one life of an operation."""

    def __init__(self, operation: str, durable: Durable) -> None:
        self._operation = operation
        self._durable = durable
        self._lines = 0

    @property
    def operation(self) -> str:
        return self._operation

    def now(self) -> float:
        return float(self._once("now", time.time))

    def step(self, name: str, do: Callable[[], T]) -> T:
        kept = self._once(f"step {name}", lambda: _attempt(do))
        if "refused" in kept:
            raise TargetError(**kept["refused"])
        if "bug" in kept:
            raise Bug(kept["bug"])
        result: T = kept["result"]
        return result

    def sleep(self, seconds: float) -> None:
        with self._durable.waiting(self._operation):
            DBOS.sleep(max(0.0, seconds))

    def wait_for_signal(self, seconds: float) -> Signal | None:
        with self._durable.waiting(self._operation):
            said = DBOS.recv(TOPIC, timeout_seconds=max(0.0, seconds))
        return Signal(**said) if said else None

    def tell(self, message: str, *, because: str = "") -> None:
        number, self._lines = self._lines, self._lines + 1
        tell = self._durable.tell
        self._once("tell", lambda: tell(self._operation, number, message, because))

    def _once(self, name: str, do: Callable[[], Any]) -> Any:
        with self._durable.calling():
            try:
                return DBOS.run_step({"name": name}, do)
            except errors.DBOSUnexpectedStepError as surprise:
                raise Bug(
                    f"it took another way than before it was resumed: {surprise}"
                ) from surprise


class _Json(Serializer):
    """What is recorded can be read by anybody, and reading it runs nothing."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=repr)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "json"


def _attempt(do: Callable[[], Any]) -> dict[str, Any]:
    """Whatever came of a step, as a value: the same comes out of a later life."""
    try:
        return {"result": as_recorded(do())}
    except TargetError as error:
        return {"refused": error.facts}
    except Exception as error:
        return {"bug": f"{type(error).__name__}: {error}"}


def as_recorded(value: Any) -> Any:
    """A result as every later life will see it: this one sees it so, too, tuples as lists.

    What JSON does not know is our mistake.
    """
    return json.loads(json.dumps(value, allow_nan=False))


def durable(folder: Path, perform: Perform, tell: Tell, trouble: Trouble) -> Durable:
    """The operations of the platform in a folder; their record is there, or where URL says."""
    url = os.environ.get(URL) or sqlite_url(folder / STEPS)
    schema = "groundplan_" + re.sub(r"[^a-z0-9]", "_", folder.name.lower())[:50]
    return Durable(url, perform, tell, trouble, schema=schema)  # platforms may share a database


@contextmanager
def _told(doing: str) -> Iterator[None]:
    try:
        yield
    except _REFUSED as error:
        raise TargetError(
            part="agent",
            doing=doing,
            why=str(error).splitlines()[0],
            try_="check the free space and the permissions of the platform's folder, or that the "
            f"database of {URL} answers",
            retry=True,
        ) from error


class _Voice(logging.Handler):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._trouble = trouble

    def emit(self, record: logging.LogRecord) -> None:
        self._trouble(record.getMessage().splitlines()[0])


def _speak_through(trouble: Trouble) -> None:
    """What dbos has to say comes out in the agent's own voice."""
    logger = logging.getLogger("dbos")
    logger.handlers = [_Voice(trouble)]
    logger.propagate = False

"""Log lines as ECS JSON (Elastic Common Schema) on stdout, one object per line.

A thread does the writing: a reader that stops reading must never stop the service. Lines
that find the queue full are dropped and counted.
"""

import logging
import os
import queue
import threading
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import msgspec

from mvlbim_api.environment import Environment

_QUEUE_MAX = 20_000
_BATCH_SECONDS = 0.05
_ECS_VERSION = "8.11"

trace_id: ContextVar[str] = ContextVar("trace_id", default="")


class LineWriter:
    """Hands lines to a file descriptor in batches, never blocking the caller."""

    def __init__(self, descriptor: int) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        if self._lines.qsize() >= _QUEUE_MAX:
            self.dropped += 1
            return
        self._lines.put(line)

    def close(self, timeout: float = 1.0) -> None:
        self._lines.put(None)
        self._thread.join(timeout)

    def _write_all(self) -> None:
        is_open = True
        while is_open:
            batch = [self._lines.get()]
            if batch[0] is not None:
                time.sleep(_BATCH_SECONDS)
            while not self._lines.empty():
                batch.append(self._lines.get())
            is_open = None not in batch
            try:
                self._put(b"".join(line for line in batch if line is not None))
            except OSError:
                return  # The reader is gone: there is nobody left to tell.

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


class EcsLog(logging.Handler):
    """The one place where log lines are made: for the logging module and for requests."""

    def __init__(self, environment: Environment, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer
        self._encode = msgspec.json.Encoder().encode
        self._always = {
            "ecs.version": _ECS_VERSION,
            "service.name": environment.service_name,
            "service.version": environment.service_version,
            "service.environment": environment.environment,
            "cloud.region": environment.region,
            "process.pid": os.getpid(),
        }

    def dropped(self) -> int:
        return self._writer.dropped

    def line(self, level: str, message: str, fields: dict[str, Any]) -> None:
        record = {
            "@timestamp": datetime.now(UTC),
            "log.level": level,
            "message": message,
            **self._always,
            **fields,
        }
        self._writer.write(self._encode(record) + b"\n")

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"log.logger": record.name}
        if trace := trace_id.get():
            fields["trace.id"] = trace
        if record.exc_info and record.exc_info[0] is not None:
            fields["error.type"] = record.exc_info[0].__name__
            fields["error.message"] = str(record.exc_info[1])
            fields["error.stack_trace"] = logging.Formatter().formatException(record.exc_info)
        self.line(record.levelname.lower(), record.getMessage(), fields)


def start_logging(environment: Environment, descriptor: int = 1) -> tuple[EcsLog, LineWriter]:
    writer = LineWriter(descriptor)
    log = EcsLog(environment, writer)
    root = logging.getLogger()
    root.handlers[:] = [log]
    root.setLevel(environment.log_level.upper())
    return log, writer

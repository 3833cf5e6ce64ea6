"""A real supervisord in a folder, and small programs for it to keep alive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundplan.targets.local.processes.supervisor import Supervisor
from groundplan.targets.local.processes.supervisord import Program


@contextmanager
def supervising(folder: Path) -> Iterator[Supervisor]:
    """Up, and down with all it keeps afterwards."""
    supervisor = Supervisor(folder)
    supervisor.ensure_up()
    try:
        yield supervisor
    finally:
        supervisor.shut_down()


def sleeper(folder: Path, name: str, *, then: str = "exec sleep 300") -> Program:
    """Says hello, and then does what is given."""
    script = folder / "parts" / name / "start.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!/bin/sh\necho hello from {name}\n{then}\n")
    return Program(
        name=name,
        script=script,
        log=folder / "logs" / f"{name}.log",
        stop_signal="TERM",
        stop_seconds=5,
        user=None,
    )

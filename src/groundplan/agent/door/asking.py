"""How the command line asks the agent for operations: to start, to follow, to steer them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from groundplan.agent.performing.operation import OPERATIONS, PROGRESS, Operation, Progress
from groundplan.agent.performing.refusals import Away
from groundplan.errors import TargetError
from groundplan.ports.door import ask_agent
from groundplan.ports.journal import Json, Signal

LISTED = 50
SECONDS = 15.0  # a start writes to the disk four times; a busy one may be slow


def start(
    folder: Path, kind: str, arguments: Mapping[str, Json], *, who: str, why: str = ""
) -> str:
    """Starts an operation and returns its id; TargetError when the agent refuses or is not there.

    What is sent is known to have begun or not: a second start is never made of one.
    """
    asked = {"kind": kind, "arguments": dict(arguments), "who": who, "why": why}
    return str(_ask(folder, "/v1/operations", f"starting {kind}", asked)["id"])


def tell(folder: Path, operation: str, signal: Signal) -> None:
    """Tells an operation something."""
    said = {"name": signal.name, "who": signal.who, "why": signal.why}
    _ask(folder, f"/v1/operations/{operation}/signals", f"telling {operation}", said)


def progress(folder: Path, operation: str, *, after: int = 0) -> Progress:
    """How an operation stands, and what it told after a line."""
    answer = _ask(folder, f"/v1/operations/{operation}?after={after}", f"following {operation}")
    return PROGRESS.validate_python(answer)


def newest(folder: Path, *, limit: int = LISTED) -> tuple[Operation, ...]:
    """The newest operations, and all that go on."""
    answer = _ask(folder, f"/v1/operations?limit={limit}", "listing the operations")
    return OPERATIONS.validate_python(answer["operations"])


def _ask(folder: Path, path: str, doing: str, body: Mapping[str, Any] | None = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    try:
        status, answer = ask_agent(folder, path, seconds=SECONDS, body=sent)
        told = json.loads(answer)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise Away(
            part="agent",
            doing=doing,
            why="the agent of this platform does not run, and only it performs operations",
            try_="`groundplan up` starts it; `groundplan logs agent` shows why it ended",
            retry=True,
        ) from error
    except (OSError, ValueError, ValidationError) as error:
        raise TargetError(
            part="agent",
            doing=doing,
            why=f"it gives no answer that can be used: {error}",
            try_="`groundplan status` shows how it is; `groundplan logs agent` what it says",
            retry=True,
        ) from error
    if status < 300:
        return told
    kind = Away if told.get("is_away") else TargetError
    raise kind(
        part=str(told.get("part", "agent")),
        doing=str(told.get("doing", doing)),
        why=str(told.get("why", f"it answers {status}")),
        try_=str(told.get("try", "`groundplan logs agent` shows what it says")),
        retry=bool(told.get("retry", False)),
    )

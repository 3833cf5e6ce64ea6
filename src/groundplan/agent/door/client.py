"""How the command line asks for promises, the running agent first, else its ledger; and for what
the agent says is wrong."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.door import ask_agent
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Promise
from groundplan.promise.standing import Standing
from groundplan.promise.table import from_json

SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The table. When it does not come from a running agent, `because` says why."""

    standings: tuple[Standing, ...]
    is_live: bool
    because: str = ""


def promises(folder: Path) -> Answer:
    """How the promises of a platform stand; TargetError when its ledger cannot be read."""
    try:
        status, body = ask_agent(folder, "/v1/promises", seconds=SECONDS)
        if status == 200:
            return Answer(standings=from_json(json.loads(body)), is_live=True)
        why = f"it answers {status}: {_why(body)}"
    except (FileNotFoundError, ConnectionRefusedError):
        why = "it does not run"
    except (OSError, ValueError, KeyError) as error:
        why = f"it gives no answer that can be used: {error}"
    return Answer(
        standings=_from_files(folder),
        is_live=False,
        because=f"the agent was not asked, {why}; this is what its ledger says",
    )


def troubles(folder: Path) -> dict[str, str]:
    """What the agent of a platform says is wrong, by subject; nothing when it does not answer."""
    try:
        _, body = ask_agent(folder, "/v1/healthz", seconds=SECONDS)
        found = json.loads(body)["troubles"]
        return {str(subject): str(why) for subject, why in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _from_files(folder: Path) -> tuple[Standing, ...]:
    wanted = _promises_of(folder / DESIGN)
    path = folder / LEDGER
    if not path.exists():
        return tuple(Standing(promise=promise) for promise in wanted)
    with Ledger(path, read_only=True) as ledger:
        return ledger.current(wanted, now=time.time())


def _promises_of(path: Path) -> tuple[Promise, ...]:
    try:
        return Design.from_json(path.read_bytes()).promises
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise TargetError(
            part="agent",
            doing="reading the design",
            why=f"{path}: {str(error).splitlines()[0]}",
            try_="run `groundplan up`, which writes it anew",
        ) from error


def _why(body: bytes) -> str:
    try:
        return str(json.loads(body)["why"])
    except (ValueError, KeyError, TypeError):
        return body[:120].decode(errors="replace")

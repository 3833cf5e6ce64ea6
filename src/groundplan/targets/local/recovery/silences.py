"""Silences in the Alertmanagers of a platform on this machine, found again by their comment."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from groundplan.design.design import Design
from groundplan.design.parts import Alertmanager
from groundplan.design.rules import WATCHDOG

SECONDS = 3.0
TRY_SECONDS = 15.0  # one that the drill itself killed starts again in that time
WHO = "groundplan"


class LocalSilences:
    """Asks each region's Alertmanager. The dead man's alert is never silent."""

    def __init__(self, design: Design) -> None:
        self._parts = tuple(part for part in design.parts if isinstance(part, Alertmanager))

    def begin(self, name: str, regions: Sequence[str], *, seconds: float) -> list[str]:
        """One silence for each region, in its own Alertmanager."""
        wanted = [part for part in self._parts if part.site in regions]
        return [part.name for part in wanted if not _is_done(partial(_begin, part, name, seconds))]

    def end(self, name: str) -> list[str]:
        """Ends those that have this name."""
        return [part.name for part in self._parts if not _is_done(partial(_end, part, name))]


def _begin(part: Alertmanager, name: str, seconds: float) -> None:
    if _found(part, name):
        return
    now = time.time()
    silence = {
        "matchers": [
            _matcher("region", part.site, is_equal=True),
            _matcher("alertname", WATCHDOG, is_equal=False),
        ],
        "startsAt": _moment(now),
        "endsAt": _moment(now + seconds),
        "createdBy": WHO,
        "comment": name,
    }
    _ask(part, "POST", "/api/v2/silences", silence)


def _end(part: Alertmanager, name: str) -> None:
    for silence in _found(part, name):
        _ask(part, "DELETE", f"/api/v2/silence/{silence}")


def _found(part: Alertmanager, name: str) -> list[str]:
    """The ids of those that have not ended."""
    return [
        each["id"]
        for each in _ask(part, "GET", "/api/v2/silences")
        if (each["createdBy"], each["comment"]) == (WHO, name)
        if each["status"]["state"] != "expired"
    ]


def _is_done(do: Callable[[], None]) -> bool:
    ends = time.monotonic() + TRY_SECONDS
    while True:
        try:
            do()
        except OSError:
            if time.monotonic() >= ends:
                return False
            time.sleep(0.5)
        else:
            return True


def _ask(part: Alertmanager, method: str, path: str, content: Any = None) -> Any:
    """The answer, as JSON; OSError when there is none."""
    line = http.client.HTTPConnection(part.address, part.port, timeout=SECONDS)
    try:
        body = None if content is None else json.dumps(content)
        line.request(method, path, body, {"content-type": "application/json"})
        answer = line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise OSError(f"{part.name} answers {answer.status}: {text[:200]!r}")
        return json.loads(text) if text else None
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {error!r}") from error
    finally:
        line.close()


def _matcher(name: str, value: str, *, is_equal: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "isRegex": False, "isEqual": is_equal}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()

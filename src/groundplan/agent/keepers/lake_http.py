"""What the lake answers over HTTP: rows on their way in. Plain ASGI.

A body goes to the disk as it comes, so that memory stays small; the answer comes when its rows
are kept. Whoever does not get it sends the same again: a batch is in once.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, Any

import orjson

from groundplan.errors import TargetError
from groundplan.operations.lake.inputs import Form
from groundplan.operations.lake.lake import Input, Taken

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Take = Callable[[str, Input], Awaitable[Taken]]

BYTES_MAX = 64 << 20
WAITING_MAX = 8
_PATH = re.compile(r"/v1/tables/([A-Za-z_]\w{0,62})", re.ASCII)
_BATCH = re.compile(r"[\w.:-]{0,128}", re.ASCII)
_FORMS = {
    "": Form.NDJSON,
    "application/x-www-form-urlencoded": Form.NDJSON,  # what curl says when nobody told it
    "application/x-ndjson": Form.NDJSON,
    "application/json": Form.NDJSON,
    "text/csv": Form.CSV,
    "text/tab-separated-values": Form.TSV,
    "application/vnd.apache.parquet": Form.PARQUET,
}


class Refused(Exception):
    """What is answered instead."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class LakeHttp:
    """The application. `take` keeps an input in a table, `health` tells how the lake is."""

    def __init__(self, place: Path, take: Take, health: Callable[[], dict[str, Any]]) -> None:
        self._place = place
        self._take = take
        self._health = health
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/healthz":
            await _say(send, 200, self._health())
            return
        try:
            await _say(send, 200, await self._post(scope, receive))
        except Refused as error:
            await _say(send, error.status, {"error": error.why})
        except TargetError as error:
            # What cannot be read is the sender's; what cannot be kept now is tried again.
            status = 400 if error.part == "lake" else 503
            await _say(send, status, {"error": error.why, "try": error.try_})

    async def _post(self, scope: Scope, receive: Receive) -> dict[str, int]:
        table, form, batch = _asked(scope)
        if self._waiting >= WAITING_MAX:
            raise Refused(503, f"{WAITING_MAX} inputs wait already; send it again in a moment")
        self._waiting += 1
        try:
            with tempfile.NamedTemporaryFile(dir=self._place) as spool:
                await _spooled(receive, spool.file)
                spool.flush()
                given = Input(path=Path(spool.name), form=form, batch=batch)
                taken = await self._take(table, given)
        except OSError as error:
            raise Refused(503, f"the body cannot be kept: {error.strerror or error}") from error
        finally:
            self._waiting -= 1
        return {"rows": taken.rows, "bad": taken.bad, "known": taken.known}


def _asked(scope: Scope) -> tuple[str, Form, str]:
    """The table, the form, and the name of the batch."""
    found = _PATH.fullmatch(scope["path"])
    if found is None:
        raise Refused(404, "rows are sent to /v1/tables/TABLE")
    if scope["method"] != "POST":
        raise Refused(405, "rows are sent with POST")
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS or "content-encoding" in headers:
        known = ", ".join(name for name in _FORMS if "/x-www" not in name and name)
        raise Refused(415, f"the body is plain, and of one of these types: {known}")
    batch = headers.get("batch-id", "")
    if not _BATCH.fullmatch(batch):
        raise Refused(400, "a Batch-Id is up to 128 letters, digits and . _ : -")
    if int(headers.get("content-length", "0") or 0) > BYTES_MAX:
        raise _too_much()
    return found[1], _FORMS[kind], batch


async def _spooled(receive: Receive, spool: IO[bytes]) -> None:
    size = 0
    loop = asyncio.get_running_loop()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the body ended too soon")
        piece = message.get("body", b"")
        size += len(piece)
        if size > BYTES_MAX:
            raise _too_much()
        await loop.run_in_executor(None, spool.write, piece)
        if not message.get("more_body"):
            return


def _too_much() -> Refused:
    return Refused(413, f"a batch has up to {BYTES_MAX >> 20} MB; send it as several")


async def _say(send: Send, status: int, found: Any) -> None:
    body = orjson.dumps(found)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

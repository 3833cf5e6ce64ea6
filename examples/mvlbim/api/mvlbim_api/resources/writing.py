"""How anything is written: checked, once per Idempotency-Key, in one transaction on the primary."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.resources.collection import Collection, Row, column_values, new_id
from mvlbim_api.resources.shapes import Change, Draft
from mvlbim_api.store.cache import Cache
from mvlbim_api.store.fleet import ALWAYS, Fleet
from mvlbim_api.store.host import Connection
from mvlbim_api.store.idempotency import IdempotencyKey, Outcome
from mvlbim_api.web.body import decode_body, read_body
from mvlbim_api.web.problem import ProblemError

_REVISION_TAG = re.compile(r'"(\d{1,9})"')

Work = Callable[[Connection], Awaitable[Outcome]]


class Writing:
    def __init__(self, collection: Collection, fleet: Fleet, cache: Cache) -> None:
        self._of = collection
        self._fleet = fleet
        self._cache = cache

    def creating(self, draft: type[Draft]) -> Callable[[Request], Awaitable[Response]]:
        async def create(request: Request) -> Response:
            raw = await read_body(request)
            values = column_values(decode_body(raw, draft))
            parents = {name: request.path_params[name] for name in self._of.parents}
            values |= parents | {"id": new_id()}

            async def insert(connection: Connection) -> Outcome:
                row = await connection.fetchrow(self._of.insert_sql(values), *values.values())
                return self.outcome(201, row, f"{request.url.path}/{row['id']}")

            scopes = (self._of.scope(parents.values()),)
            return await self.commit(request, raw, insert, scopes)

        return create

    def changing(self, change: type[Change]) -> Callable[[Request], Awaitable[Response]]:
        async def alter(request: Request) -> Response:
            raw = await read_body(request)
            changes = column_values(decode_body(raw, change))
            if not changes:
                raise ProblemError(422, "the body names nothing to change")
            place = [request.path_params[name] for name in (*self._of.parents, self._of.key)]
            expected = _expected_revision(request)

            async def update(connection: Connection) -> Outcome:
                before = await connection.fetchrow(self._of.one_sql(locked=True), *place)
                self._require(before, changes, expected)
                sql = self._of.update_sql(changes)
                row = await connection.fetchrow(sql, place[-1], *changes.values())
                return self.outcome(200, row)

            scopes = (self._of.scope(place[:-1]), self._of.scope(place[:-1], place[-1]))
            return await self.commit(request, raw, update, scopes)

        return alter

    async def commit(
        self, request: Request, raw: bytes, work: Work, scopes: tuple[str, ...]
    ) -> Response:
        key = IdempotencyKey.of(
            request.headers.get("idempotency-key"), request.method, request.url.path, raw
        )

        async def once(connection: Connection) -> Outcome:
            if key is None:
                return await work(connection)
            outcome = await key.claim(connection)
            if outcome is None:
                outcome = await work(connection)
                await key.answer(connection, outcome)
            return outcome

        outcome, lsn = await self._fleet.write(f"{self._of.table}.write", once)
        await self._cache.forget(scopes, lsn)
        return _response(outcome, lsn)

    def outcome(self, status: int, row: Row, location: str = "") -> Outcome:
        revision = row["revision"] if self._of.has_revision else 0
        body = msgspec.json.encode(self._of.shaped(row))
        return Outcome(status=status, body=body, revision=revision, location=location)

    def _require(self, before: Row | None, changes: dict[str, Any], expected: int | None) -> None:
        if before is None:
            raise ProblemError(404, f"no such {self._of.noun}")
        if expected is not None and expected != before["revision"]:
            raise ProblemError(412, f"it is at revision {before['revision']}, not {expected}")
        self._of.may_change(before, changes)


def _expected_revision(request: Request) -> int | None:
    tag = request.headers.get("if-match", "*").strip()
    if tag == "*":
        return None
    found = _REVISION_TAG.fullmatch(tag)
    if found is None:
        raise ProblemError(400, 'If-Match: send one ETag as it was given, like "3"')
    return int(found[1])


def _response(outcome: Outcome, lsn: int) -> Response:
    headers = {}
    if lsn != ALWAYS:
        headers["x-lsn"] = f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
    if outcome.revision:
        headers["etag"] = f'"{outcome.revision}"'
    if outcome.location:
        headers["location"] = outcome.location
    if outcome.is_repeat:
        headers["idempotency-replayed"] = "true"
    return Response(
        outcome.body, status_code=outcome.status, headers=headers, media_type="application/json"
    )

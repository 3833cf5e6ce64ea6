"""How anything is read: from the cache, else from the nearest database that knows enough."""

import re
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.resources.collection import Collection
from mvlbim_api.store.cache import Cache, Glance, Kept
from mvlbim_api.store.fleet import Fleet
from mvlbim_api.store.host import Connection
from mvlbim_api.web.body import decode_query
from mvlbim_api.web.problem import ProblemError

_LSN = re.compile(r"(?P<high>[0-9A-F]{1,8})/(?P<low>[0-9A-F]{1,8})", re.IGNORECASE)
# Shorter than the connection's own limit: another server may still answer in time.
_READ_SECONDS = 1.0

Load = Callable[[Connection], Awaitable[Kept]]


class Reading:
    def __init__(self, collection: Collection, fleet: Fleet, cache: Cache) -> None:
        self._of = collection
        self._fleet = fleet
        self._cache = cache
        self._one_sql = collection.one_sql()

    async def page(self, request: Request) -> Response:
        query = decode_query(request, self._of.query)
        parents = [request.path_params[name] for name in self._of.parents]

        async def load(connection: Connection) -> Kept:
            return await self._load_page(connection, query, parents)

        scope, name = self._of.scope(parents), msgspec.json.encode(query).decode()
        return _response(await self._through_cache(request, scope, name, load))

    async def one(self, request: Request) -> Response:
        place = [request.path_params[name] for name in (*self._of.parents, self._of.key)]

        async def load(connection: Connection) -> Kept:
            try:
                row = await connection.fetchrow(self._one_sql, *place, timeout=_READ_SECONDS)
            except asyncpg.DataError:
                row = None  # A number too large for its column names nothing.
            if row is None:
                raise ProblemError(404, f"no such {self._of.noun}")
            revision = row["revision"] if self._of.has_revision else 0
            return Kept(msgspec.json.encode(self._of.shaped(row)), revision)

        scope = self._of.scope(place[:-1], place[-1])
        return _response(await self._through_cache(request, scope, "", load))

    async def _through_cache(self, request: Request, scope: str, name: str, load: Load) -> Kept:
        at_least = _min_lsn(request)
        # Who names an LSN wants what is there, not what was.
        glance = Glance(None, None) if at_least else await self._cache.look(scope, name)
        if glance.kept is not None:
            return glance.kept
        kept, lsn = await self._fleet.read(f"{self._of.table}.read", load, at_least=at_least)
        await self._cache.keep(scope, name, kept, mark=glance.mark, lsn=lsn)
        return kept

    async def _load_page(
        self, connection: Connection, query: msgspec.Struct, parents: list[object]
    ) -> Kept:
        asked = msgspec.structs.asdict(query)
        limit, after = asked.pop("limit"), asked.pop("after")
        filters = {name: value for name, value in asked.items() if value is not None}
        sql = self._of.page_sql(filters, is_first=after is None)
        values = [*parents, *filters.values(), *(() if after is None else (after,))]
        # One more than asked for tells whether there is a next page.
        rows = await connection.fetch(sql, limit + 1, *values, timeout=_READ_SECONDS)
        if not rows and self._of.owner:
            await self._require_owner(connection, parents)
        next_after = rows[limit - 1][self._of.key] if len(rows) > limit else None
        items = [self._of.shaped(row) for row in rows[:limit]]
        return Kept(msgspec.json.encode({"items": items, "next": next_after}), 0)

    async def _require_owner(self, connection: Connection, parents: list[object]) -> None:
        sql = self._of.owner_sql()
        if await connection.fetchval(sql, *parents, timeout=_READ_SECONDS) is None:
            raise ProblemError(404, f"nothing that {self._of.noun}s could belong to")


def _min_lsn(request: Request) -> int:
    written = request.headers.get("x-min-lsn")
    if written is None:
        return 0
    found = _LSN.fullmatch(written)
    if found is None:
        raise ProblemError(400, "x-min-lsn: send what a write's x-lsn said, like 0/16B3748")
    return (int(found["high"], 16) << 32) | int(found["low"], 16)


def _response(kept: Kept) -> Response:
    headers = {"etag": f'"{kept.revision}"'} if kept.revision else None
    return Response(kept.body, headers=headers, media_type="application/json")

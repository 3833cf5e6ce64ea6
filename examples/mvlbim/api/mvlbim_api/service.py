"""The whole service put together: which path does what, and what lives as long as the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mvlbim_api.background import begin, end
from mvlbim_api.environment import Environment
from mvlbim_api.logs import EcsLog
from mvlbim_api.metrics import Metrics
from mvlbim_api.resources import shapes
from mvlbim_api.resources.catalogue import EVENTS, ISSUES, MODELS, PROJECTS, VERSIONS
from mvlbim_api.resources.collection import Collection
from mvlbim_api.resources.reading import Reading
from mvlbim_api.resources.versions import Versioning
from mvlbim_api.resources.writing import Writing
from mvlbim_api.spans import Spans
from mvlbim_api.store.cache import Cache
from mvlbim_api.store.fleet import Fleet
from mvlbim_api.store.idempotency import forget_old_keys
from mvlbim_api.store.refusals import on_postgres_error
from mvlbim_api.store.schema import MIGRATIONS, migrations_in, version_needed
from mvlbim_api.web.drills import drill_middleware
from mvlbim_api.web.envelope import Envelope, Lifecycle
from mvlbim_api.web.probes import Probes
from mvlbim_api.web.problem import ProblemError, on_http_exception, on_problem, on_unexpected

Endpoint = Callable[[Request], Awaitable[Response]]

_HOUSEKEEPING_SECONDS = 600.0
_DRAFTS: dict[str, type[shapes.Draft]] = {
    PROJECTS.table: shapes.ProjectDraft,
    MODELS.table: shapes.BimModelDraft,
    ISSUES.table: shapes.SiteIssueDraft,
    EVENTS.table: shapes.SiteEventDraft,
}
_CHANGES: dict[str, type[shapes.Change]] = {
    PROJECTS.table: shapes.ProjectChange,
    MODELS.table: shapes.BimModelChange,
    ISSUES.table: shapes.SiteIssueChange,
}


def build_service(environment: Environment, log: EcsLog, lifecycle: Lifecycle) -> ASGIApp:
    metrics = Metrics(environment)
    metrics.count_dropped_lines(log.dropped)
    spans = Spans(environment)
    fleet = Fleet(environment, metrics, spans, version_needed(migrations_in(MIGRATIONS)))
    cache = Cache(environment, metrics)
    app = Starlette(
        routes=[
            *_probe_routes(Probes(fleet, metrics, lifecycle)),
            *_api_routes(fleet, cache, drill_middleware(environment)),
        ],
        exception_handlers={
            ProblemError: on_problem,
            HTTPException: on_http_exception,
            asyncpg.PostgresError: on_postgres_error,
            Exception: on_unexpected,
        },
        lifespan=_lifespan(fleet, cache),
    )
    app.router.redirect_slashes = False
    return Envelope(app, environment, metrics=metrics, log=log, spans=spans, lifecycle=lifecycle)


def _probe_routes(probes: Probes) -> list[Route]:
    return [
        Route("/healthz", probes.health),
        Route("/readyz", probes.ready),
        Route("/metrics", probes.figures),
    ]


def _api_routes(fleet: Fleet, cache: Cache, middleware: list[Middleware]) -> list[Route]:
    routes = []
    for collection in (PROJECTS, MODELS, VERSIONS, ISSUES, EVENTS):
        reading = Reading(collection, fleet, cache)
        writing = Writing(collection, fleet, cache)
        page: dict[str, Endpoint] = {"GET": reading.page}
        one: dict[str, Endpoint] = {"GET": reading.one}
        if collection is VERSIONS:
            page["POST"] = Versioning(writing).create
        else:
            page["POST"] = writing.creating(_DRAFTS[collection.table])
        if collection.table in _CHANGES:
            one["PATCH"] = writing.changing(_CHANGES[collection.table])
        routes.append(_route(collection.path, page, middleware))
        routes.append(_route(_one_path(collection), one, middleware))
    return routes


def _one_path(collection: Collection) -> str:
    kind = "uuid" if collection.key == "id" else "int"
    return f"{collection.path}/{{{collection.key}:{kind}}}"


def _route(path: str, by_method: dict[str, Endpoint], middleware: list[Middleware]) -> Route:
    """One route for all methods of a path, so that 405 can say which there are."""

    async def endpoint(request: Request) -> Response:
        # Starlette answers HEAD wherever there is GET.
        return await by_method.get(request.method, by_method["GET"])(request)

    return Route(path, endpoint, methods=list(by_method), middleware=middleware)


def _lifespan(
    fleet: Fleet, cache: Cache
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await fleet.open()
        await cache.open()
        housekeeping = begin(_keep_house(fleet))
        try:
            yield
        finally:
            await end([housekeeping])
            await cache.close()
            await fleet.close()

    return lifespan


async def _keep_house(fleet: Fleet) -> None:
    while True:
        await asyncio.sleep(_HOUSEKEEPING_SECONDS)
        with suppress(ProblemError, asyncpg.PostgresError):
            await fleet.write("idempotency_keys.forget", forget_old_keys)

"""Refusals as application/problem+json (RFC 9457), with every flaw of the request at once."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.validation import Flaw

_RETRY_SECONDS = "1"


class ProblemBody(msgspec.Struct, omit_defaults=True):
    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    errors: tuple[Flaw, ...] = ()


class ProblemError(Exception):
    """Raised anywhere below an endpoint; becomes the answer."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: tuple[Flaw, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


def unavailable(detail: str) -> ProblemError:
    """The world is in the way, not the request: the same request may work in a moment."""
    return ProblemError(503, detail, headers={"retry-after": _RETRY_SECONDS})


def problem_response(problem: ProblemError) -> Response:
    body = ProblemBody(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        errors=problem.errors,
    )
    return Response(
        msgspec.json.encode(body),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


async def on_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)
    return problem_response(problem)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: no such route (404), no such method here (405)."""
    assert isinstance(error, HTTPException)
    details = {
        404: f"nothing lives at {request.url.path}",
        405: f"{request.method} is not possible at {request.url.path}",
    }
    return problem_response(
        ProblemError(
            error.status_code,
            details.get(error.status_code, error.detail),
            headers=error.headers,
        )
    )


async def on_unexpected(_request: Request, _error: Exception) -> Response:
    """The envelope logs the error with its stack; the caller learns only that it is ours."""
    return problem_response(
        ProblemError(500, "an error of ours; the trace id finds it in the logs")
    )

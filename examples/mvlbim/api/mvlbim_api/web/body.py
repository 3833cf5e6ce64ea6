"""What a caller sent, bounded and checked: JSON bodies (422), query parameters (400)."""

import asyncio
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from mvlbim_api.validation import Flaw, flaws_of
from mvlbim_api.web.problem import ProblemError

BODY_BYTES_MAX = 1_000_000
_BODY_SECONDS_MAX = 10.0
_PARAMETERS_MAX = 20
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T", bound=msgspec.Struct)


async def read_body(request: Request) -> bytes:
    """The whole body, never more than the limit, never for longer than the limit."""
    content_type = request.headers.get("content-type", "application/json")
    if content_type.split(";", 1)[0].strip().lower() != "application/json":
        raise ProblemError(415, f"send application/json, not {content_type}")
    if "content-encoding" in request.headers:
        raise ProblemError(415, "send the body without a content-encoding")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_BYTES_MAX:
        raise _too_large()
    received = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS_MAX):
            async for chunk in request.stream():
                received += chunk
                if len(received) > BODY_BYTES_MAX:
                    raise _too_large()
    except TimeoutError:
        raise ProblemError(
            408, f"the body did not arrive within {_BODY_SECONDS_MAX:.0f} s"
        ) from None
    return bytes(received)


def decode_body(raw: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as refused:
        errors = _body_flaws(raw, shape, refused)
        raise ProblemError(422, "the body does not fit", errors=errors) from None
    except _MALFORMED as malformed:
        raise _not_json(malformed) from None


def decode_query(request: Request, shape: type[T]) -> T:
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except ValueError as malformed:
        raise ProblemError(400, f"the query string is malformed: {malformed}") from None
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = sorted({name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1})
        flaws = tuple(Flaw(field=name, detail="is given more than once") for name in twice)
        raise ProblemError(400, "a query parameter is repeated", errors=flaws)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError:
        errors = flaws_of(values, shape, strict=False)
        raise ProblemError(400, "the query parameters do not fit", errors=errors) from None


def _body_flaws(
    raw: bytes, shape: type[msgspec.Struct], refused: msgspec.ValidationError
) -> tuple[Flaw, ...]:
    """Reads the body to its end: only now may it turn out not to be JSON at all."""
    try:
        value = msgspec.json.decode(raw)
    except msgspec.ValidationError as unreadable:  # For example 1e999, which no number holds.
        return (Flaw(field="", detail=str(unreadable)),)
    except _MALFORMED as malformed:
        raise _not_json(malformed) from None
    # A flaw between fields has no field of its own: then what msgspec said stands alone.
    return flaws_of(value, shape) or (Flaw(field="", detail=str(refused)),)


def _not_json(malformed: Exception) -> ProblemError:
    return ProblemError(400, f"the body is not JSON: {malformed}")


def _too_large() -> ProblemError:
    return ProblemError(413, f"the body is larger than {BODY_BYTES_MAX} bytes")

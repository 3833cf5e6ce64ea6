"""The API of operations: what the door's requests mean, and the answers as status and JSON.

GET  /v1/operations?limit=N             the newest, and all that go on
GET  /v1/operations/ID?after=N          how one stands, and what it told after its line N
POST /v1/operations                     {kind, arguments, who, why} -> {id}
POST /v1/operations/ID/signals          {name, who, why}
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from groundplan.agent.performing.operation import FORMAT_VERSION, all_as_json, as_json
from groundplan.agent.performing.performer import Performer
from groundplan.agent.performing.refusals import Away, NoOperation, NotNow, Unreadable
from groundplan.errors import TargetError
from groundplan.ports.journal import Signal

Answer = tuple[int, bytes | dict[str, Any]]
R = TypeVar("R", bound=BaseModel)
LISTED = 50
LISTED_MAX = 1000
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(max_length=2000)]


class Start(BaseModel):
    """A request to start an operation."""

    model_config = ConfigDict(extra="forbid")

    kind: Word
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    who: Word
    why: Words = ""


class Tell(BaseModel):
    """A request to tell an operation something."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern="^[a-z][a-z-]{0,31}$")]
    who: Word
    why: Words = ""


class Api:
    """`performer` says who performs; it raises a TargetError as long as nobody can."""

    def __init__(self, performer: Callable[[], Performer]) -> None:
        self._performer = performer

    def get(self, target: str) -> Answer:
        """The answer to a question."""
        url = urlsplit(target)
        match _path(url.path):
            case ("v1", "operations"):
                limit = min(_number(url.query, "limit", LISTED), LISTED_MAX)
                return 200, all_as_json(self._performer().newest(limit))
            case ("v1", "operations", operation):
                after = _number(url.query, "after", 0)
                return 200, as_json(self._performer().progress(operation, after=after))
        return _nowhere(url.path)

    def post(self, target: str, body: bytes) -> Answer:
        """Does what is asked for."""
        match _path(urlsplit(target).path):
            case ("v1", "operations"):
                start = _read(Start, body)
                id_ = self._performer().start(
                    start.kind, start.arguments, who=start.who, why=start.why
                )
                return 201, {"format_version": FORMAT_VERSION, "id": id_}
            case ("v1", "operations", operation, "signals"):
                tell = _read(Tell, body)
                signal = Signal(name=tell.name, who=tell.who, why=tell.why)
                self._performer().signal(operation, signal)
                return 202, {"format_version": FORMAT_VERSION, "id": operation}
        return _nowhere(target)


def refused(error: TargetError) -> Answer:
    """The answer where something cannot be done: what, where, why, and what to try."""
    match error:
        case Unreadable():
            status = 400
        case NoOperation():
            status = 404
        case NotNow():
            status = 409
        case TargetError(part="lock"):
            status = 409
        case TargetError(retry=True):
            status = 503
        case _:
            status = 422
    return status, {
        "part": error.part,
        "doing": error.doing,
        "why": error.why,
        "try": error.try_,
        "retry": error.retry,
        "is_away": isinstance(error, Away),
    }


def _nowhere(path: str) -> Answer:
    return 404, {"why": f"there is no {path[:200]}", "try": "/v1/promises or /v1/operations"}


def _path(path: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in path.strip("/").split("/"))


def _number(query: str, name: str, default: int) -> int:
    text = parse_qs(query).get(name, [str(default)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Unreadable(f"{name} is a number, not '{text[:40]}'")
    return int(text)


def _read(form: type[R], body: bytes) -> R:
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unreadable(f"{where}: {first['msg']}" if where else first["msg"]) from error

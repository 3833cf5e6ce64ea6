"""From a piece of output to a record: its fields in ECS, its time, its class. Pure.

What no format fits is kept as it came, tagged `unparsable`: nothing is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs import formats
from groundplan.operations.observe.logs.formats import GENERAL, NAMES, Fields, Format
from groundplan.operations.observe.logs.security import ENRICHMENT, enriched, is_security

# A clock that is further off is broken, and would put records where nobody looks, or delete them.
FUTURE_SECONDS = 3600.0
PAST_SECONDS = 400 * 86_400.0
_OF_KIND: Mapping[str, tuple[Format, ...]] = {
    "edge": (formats.json_ecs, formats.nginx_error, formats.access),
    "gateway": (formats.json_ecs,),
    "postgres": (formats.postgres, formats.postgres_csv),
    "redis": (formats.redis,),
    "sentinel": (formats.redis,),
    "prometheus": (formats.logfmt,),
    "alertmanager": (formats.logfmt,),
    "postgres-exporter": (formats.logfmt,),
    "redis-exporter": (formats.logfmt,),
}
_LEVELS = {"warn": "warning", "err": "error", "crit": "critical", "information": "info"}
_LEVELS |= {"severe": "error", "emerg": "emergency", "statement": "log", "log": "info"}
DEBUG = frozenset({"debug", "trace", "verbose", *(f"debug{n}" for n in range(1, 6))})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A part whose output is collected: its name, where and what it is, the service it is of."""

    part: str
    site: str
    kind: str
    service: str


@dataclass(slots=True, kw_only=True)
class Record:
    """One record, ready to be written."""

    klass: str
    at: float  # seconds since 1970
    part: str
    level: str | None
    message: str
    dataset: str
    service: str
    region: str
    trace: str | None
    status: int | None
    tags: list[str] = field(default_factory=list)
    fields: str = ""  # everything else, as JSON

    def as_ecs(self) -> dict[str, Any]:
        """All of it under its ECS names."""
        named = {
            "@timestamp": _iso(self.at),
            "log.level": self.level,
            "message": self.message,
            "event.dataset": self.dataset,
            "service.name": self.service,
            "service.node.name": self.part,
            "cloud.region": self.region,
            "trace.id": self.trace,
            "http.response.status_code": self.status,
            "tags": self.tags,
            "class": self.klass,
        }
        rest = orjson.loads(self.fields) if self.fields else {}
        return {key: value for key, value in named.items() if value not in (None, [])} | rest


class Understander:
    """Understands the output of one part; the format that fitted last is tried first."""

    def __init__(self, source: LogSource, classes: tuple[LogClass, ...]) -> None:
        self._source = source
        self._classes = {each.name: each for each in classes}
        self._formats = [*_OF_KIND.get(source.kind, GENERAL)]

    @property
    def reads_json(self) -> bool:
        """Whether JSON is a form that the part writes in."""
        return formats.json_ecs in self._formats

    def record(self, text: str, now: float) -> Record:
        """The record that a piece of output is; lines after it are a stack trace."""
        first, trace = formats.parted(text)
        found = self._fields(first)
        tags: list[str] = []
        if found is None:
            found = {"message": first}
            tags.append("unparsable")
        if trace:
            found["error.stack_trace"] = f"{found.get('error.stack_trace', '')}{trace}"
        if "\ufffd" in text:
            tags.append("invalid-utf8")
        return self._made(found, tags, now)

    def _fields(self, text: str) -> Fields | None:
        for index, format_ in enumerate(self._formats):
            found = format_(text)
            if found is not None:
                if index:
                    self._formats.insert(0, self._formats.pop(index))
                found["event.dataset"] = found.get("event.dataset") or NAMES[format_]
                return found
        return None

    def _made(self, found: Fields, tags: list[str], now: float) -> Record:
        take = found.pop
        written = take("@timestamp", None)
        at = _seconds(written)
        if at is None or not now - PAST_SECONDS < at < now + FUTURE_SECONDS:
            if written is not None:
                found["event.created"] = written
                tags.append("clock")
            at = now
        level = take("log.level", None)
        if level is not None:
            level = level_of(str(level))
        given = take("tags", None)
        if isinstance(given, list):
            tags.extend(str(tag) for tag in given)
        klass = self._class(found, level)
        if ENRICHMENT in self._classes[klass].filters:
            enriched(found)
        message = take("message", None)
        source = self._source
        return Record(
            klass=klass,
            at=at,
            part=source.part,
            level=level,
            message=message if isinstance(message, str) else _shown(message),
            dataset=str(take("event.dataset", None) or source.kind),
            service=str(take("service.name", None) or source.service),
            region=str(take("cloud.region", None) or source.site),
            trace=_text(take("trace.id", None)),
            status=_whole(take("http.response.status_code", None)),
            tags=tags,
            fields=orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS).decode() if found else "",
        )

    def _class(self, found: Fields, level: str | None) -> str:
        """Audit first: what must be kept longest is never in a class that goes sooner."""
        known = self._classes
        dataset = found.get("event.dataset")
        if "audit" in known and isinstance(dataset, str) and "audit" in dataset:
            return "audit"
        if "security" in known and is_security(found):
            return "security"
        if "debug" in known and level in DEBUG:
            return "debug"
        return "application"


def level_of(written: str) -> str:
    """A level in the words that ECS and syslog share."""
    lower = written.lower()
    return _LEVELS.get(lower, lower)


def _seconds(written: object) -> float | None:
    """A time as text, or in seconds, milliseconds, microseconds or nanoseconds since 1970."""
    if isinstance(written, str):
        try:
            moment = datetime.fromisoformat(written.removesuffix(" UTC").replace(",", "."))
        except ValueError:
            try:
                written = float(written)
            except ValueError:
                return None
        else:
            known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return known.timestamp()
    if isinstance(written, bool) or not isinstance(written, int | float) or written < 0:
        return None
    for _ in range(3):
        if written < 1e11:
            break
        written /= 1000
    return float(written)


def _iso(seconds: float) -> str:
    """Always with microseconds, so that texts sort as times do."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat(timespec='microseconds')[:-6]}Z"


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _whole(value: object) -> int | None:
    try:
        number = int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 2**31 else None


def _shown(value: object) -> str:
    return "" if value is None else orjson.dumps(value, default=str).decode()

"""The forms in which programs write lines, and what their words are in ECS. Pure.

Each takes a record's text and returns its fields, or None when the text has another form.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from groundplan.operations.observe.logs.grok import compiled

Fields = dict[str, Any]
Format = Callable[[str], Fields | None]

_POSTGRES = compiled(
    r"%{TIMESTAMP_ISO8601:@timestamp} \[%{INT:process.pid:int}\] "
    r"(?:%{NOTSPACE:postgresql.log.application_name}: )?"
    r"(?:%{USERNAME:user.name}@%{NOTSPACE:postgresql.log.database} )?"
    r"%{WORD:log.level}: +%{GREEDYDATA:message}"
)
_REDIS = compiled(
    r"%{INT:process.pid:int}:%{WORD:redis.log.role} "
    r"%{MONTHDAY:d} %{MONTH:m} %{YEAR:y} %{TIME:t} %{NOTSPACE:log.level} %{GREEDYDATA:message}"
)
_REDIS_LEVELS = {".": "debug", "-": "verbose", "*": "notice", "#": "warning"}
_NGINX_ERROR = compiled(
    r"%{YEAR:y}/%{MONTHNUM:m}/%{MONTHDAY:d} %{TIME:t} \[%{WORD:log.level}\] "
    r"%{INT:process.pid:int}#%{INT:process.thread.id:int}: %{GREEDYDATA:message}"
)
_ACCESS = (compiled("%{COMBINEDAPACHELOG}(?: %{GREEDYDATA:rest})?"), compiled("%{COMMONAPACHELOG}"))
_SYSLOG = compiled(
    r"<%{NONNEGINT:priority:int}>1 (?:-|%{TIMESTAMP_ISO8601:@timestamp}) "
    r"(?:-|%{NOTSPACE:host.hostname}) (?:-|%{NOTSPACE:process.name}) "
    r"(?:-|%{NOTSPACE:process.id}) (?:-|%{NOTSPACE:event.code}) %{GREEDYDATA:rest}"
)
_STRUCTURED = re.compile(
    r'(?:-|((?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+))(?: (.*))?', re.DOTALL
)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,64})((?: [^\s=\]"]+="(?:[^"\\\]]|\\.)*")*)\]')
_PARAMETER = re.compile(r' ([^\s=]+)="((?:[^"\\]|\\.)*)"')
_SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_JAVA = compiled(
    r"%{TIMESTAMP_ISO8601:@timestamp} +(?:\[%{DATA:process.thread.name}\] +)?"
    r"%{LOGLEVEL:log.level} +"
    r"(?:%{INT:process.pid:int} +--- +)?(?:\[[\w.-]*\] +(?=\[))?"
    r"(?:\[ *%{BRACKETED:process.thread.name}\] +)?"
    r"%{JAVALOGGER:log.logger} *(?:-|:) +%{GREEDYDATA:message}"
)
_PLAIN = compiled(
    r"\[?%{TIMESTAMP_ISO8601:@timestamp}\]? +(?:\[?%{LOGLEVEL:log.level}\]?:? +)?"
    r"%{GREEDYDATA:message}"
)
_PAIR = re.compile(r'(?<![\w.])([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_LOGFMT_NAMES = {"ts": "@timestamp", "time": "@timestamp", "t": "@timestamp", "level": "log.level"}
_LOGFMT_NAMES |= {"lvl": "log.level", "msg": "message", "caller": "log.origin.file.name"}
_LOGFMT_NAMES |= {"err": "error.message", "error": "error.message", "component": "log.logger"}
_CSV = (
    *("@timestamp", "user.name", "postgresql.log.database", "process.pid", "client.address"),
    *("postgresql.log.session_id", "postgresql.log.session_line_number"),
    *("postgresql.log.command_tag", "postgresql.log.session_start_time"),
    *("postgresql.log.virtual_transaction_id", "postgresql.log.transaction_id", "log.level"),
    *("postgresql.log.sql_state_code", "message", "postgresql.log.detail", "postgresql.log.hint"),
    *("postgresql.log.internal_query", "postgresql.log.internal_query_pos"),
    *("postgresql.log.context", "postgresql.log.query", "postgresql.log.query_pos"),
    *("postgresql.log.location", "postgresql.log.application_name"),
    *("postgresql.log.backend_type", "postgresql.log.leader_pid", "postgresql.log.query_id"),
)
_CSV_HEAD = re.compile(r"\d{4}-\d\d-\d\d [\d:.]+ [^ ,\"]+,")
_CSV_COLUMNS_MIN = 23  # PostgreSQL 9.0; 13 and 14 added three


def json_ecs(text: str) -> Fields | None:
    """A JSON object: ECS as it is, nested or dotted; Envoy's and others' usual names too."""
    if not text.startswith("{"):
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    for value in found.values():
        if type(value) is dict:
            found = _flat(found)
            break
    if "@timestamp" not in found:
        for name in ("timestamp", "time", "ts"):
            if name in found:
                found["@timestamp"] = found.pop(name)
                break
    for ours, theirs in (("log.level", "level"), ("message", "msg"), ("trace.id", "trace_id")):
        if ours not in found and theirs in found:
            found[ours] = found.pop(theirs)
    return dict(found)


def postgres(text: str) -> Fields | None:
    """PostgreSQL's stderr with the prefix '%m [%p] %q%u@%d '."""
    return _POSTGRES(text)


def postgres_csv(text: str) -> Fields | None:
    """PostgreSQL's csvlog, of any version from 9.0."""
    if not text[:4].isdigit():
        return None
    try:
        values = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return None
    if not _CSV_COLUMNS_MIN <= len(values) <= len(_CSV) or not values[0][:4].isdigit():
        return None
    found: Fields = {name: value for name, value in zip(_CSV, values, strict=False) if value != ""}
    if found.get("process.pid", "").isdigit():
        found["process.pid"] = int(found["process.pid"])
    return found


def parted(text: str) -> tuple[str, str]:
    """A record, and the lines after it: one of csvlog ends where its quotes are closed."""
    lines = text.split("\n")
    count = 1
    if len(lines) > 1 and _CSV_HEAD.match(text):
        quotes = lines[0].count('"')
        while quotes % 2 and count < len(lines):
            quotes += lines[count].count('"')
            count += 1
    return "\n".join(lines[:count]), "\n".join(lines[count:])


def redis(text: str) -> Fields | None:
    """Redis, Sentinel and their forks."""
    found = _REDIS(text)
    if found is not None:
        found["@timestamp"] = _date(found)
        found["log.level"] = _REDIS_LEVELS.get(found["log.level"], "notice")
    return found


def nginx_error(text: str) -> Fields | None:
    """nginx's error log."""
    found = _NGINX_ERROR(text)
    if found is not None:
        found["@timestamp"] = _date(found)
    return found


def access(text: str) -> Fields | None:
    """The access log of nginx and Apache, common or combined."""
    for pattern in _ACCESS:
        found = pattern(text)
        if found is not None:
            moment = datetime.strptime(found["@timestamp"], "%d/%b/%Y:%H:%M:%S %z")
            found["@timestamp"] = moment.isoformat()
            request = f"{found.get('http.request.method', '-')} {found.get('url.original', '-')}"
            found.setdefault("message", f"{request} {found.get('http.response.status_code', '-')}")
            return {name: value for name, value in found.items() if value != "-"}
    return None


def syslog(text: str) -> Fields | None:
    """Syslog as RFC 5424 has it; structured data become fields."""
    found = _SYSLOG(text)
    if found is None:
        return None
    structured = _STRUCTURED.fullmatch(found.pop("rest"))
    if structured is None:
        return None
    priority = found.pop("priority")
    found["log.level"] = _SEVERITIES[priority % 8]
    found["log.syslog.facility.code"] = priority // 8
    found["message"] = (structured[2] or "").removeprefix("\ufeff")
    for name, parameters in _ELEMENT.findall(structured[1] or ""):
        for key, value in _PARAMETER.findall(parameters):
            found[f"log.syslog.{name}.{key}"] = re.sub(r'\\(["\\\]])', r"\1", value)
    return found


def logfmt(text: str) -> Fields | None:
    """key=value, as Prometheus and its exporters write."""
    pairs = _PAIR.findall(text)
    if len(pairs) < 2 or not text.startswith(f"{pairs[0][0]}="):
        return None
    found = {
        _LOGFMT_NAMES.get(name, name): value[1:-1].replace('\\"', '"')
        if value[:1] == '"'
        else value
        for name, value in pairs
    }
    return found if {"@timestamp", "log.level", "message"} & found.keys() else None


def java(text: str) -> Fields | None:
    """Log4j, Logback and Spring; a stack trace is the lines after the first."""
    return _JAVA(text)


def plain(text: str) -> Fields | None:
    """A time, maybe a level, and words."""
    return _PLAIN(text)


def _flat(nested: Fields, before: str = "") -> Fields:
    flat: Fields = {}
    for name, value in nested.items():
        if type(value) is dict and value:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _date(found: Fields) -> str:
    """The date from its pieces, in UTC: neither program says which zone it means."""
    year, month, day, time = (found.pop(piece) for piece in ("y", "m", "d", "t"))
    number = int(month) if month.isdigit() else datetime.strptime(month, "%b").month
    hour, minute, second = time.split(":")
    whole, _, part = second.partition(".")
    micro = int(part.ljust(6, "0")[:6]) if part else 0
    moment = datetime(
        int(year), number, int(day), int(hour), int(minute), min(int(whole), 59), micro, UTC
    )
    return moment.isoformat()


GENERAL: tuple[Format, ...] = (
    *(json_ecs, java, syslog, access, nginx_error, redis, postgres_csv, logfmt, plain),
)
NAMES: dict[Format, str] = {
    json_ecs: "json",
    postgres: "postgresql",
    postgres_csv: "postgresql",
    redis: "redis",
}
NAMES |= {nginx_error: "nginx.error", access: "nginx.access", syslog: "syslog", logfmt: "logfmt"}
NAMES |= {java: "java", plain: "plain"}

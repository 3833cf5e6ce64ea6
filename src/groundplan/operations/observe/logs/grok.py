"""Grok: named patterns that expand to one regular expression, compiled once.

The names are those of Logstash's pattern files, so that a pattern can be moved between both.
`%{NAME}` matches, `%{NAME:field}` keeps it, `%{NAME:field:int}` keeps a number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATTERNS = {
    "WORD": r"\w+",
    "NOTSPACE": r"\S+",
    "SPACE": r"\s*",
    "DATA": r".*?",
    "GREEDYDATA": r"(?s:.*)",
    "INT": r"[+-]?\d+",
    "POSINT": r"[1-9]\d*",
    "NONNEGINT": r"\d+",
    "NUMBER": r"[+-]?\d+(?:\.\d+)?",
    "BASE16NUM": r"(?:0[xX])?[0-9A-Fa-f]+",
    "QUOTED": r'(?:[^"\\]|\\.)*',
    "QUOTEDSTRING": r'"(?:[^"\\]|\\.)*"',
    "UUID": r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    "IPV4": r"(?<!\d)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d)",
    "IPV6": r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,40}:[0-9A-Fa-f:.]{0,40}(?:%[\w.]+)?",
    "IP": r"(?:%{IPV6}|%{IPV4})",
    "HOSTNAME": r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62})(?:\.[0-9A-Za-z][0-9A-Za-z_-]{0,62})*\.?",
    "IPORHOST": r"(?:%{IP}|%{HOSTNAME})",
    "HOSTPORT": r"%{IPORHOST}:%{POSINT}",
    "USERNAME": r"[a-zA-Z0-9._-]+",
    "USER": r"%{USERNAME}",
    "URIPATH": r"/[^\s?#]*",
    "URIPARAM": r"\?[^\s#]*",
    "URIPATHPARAM": r"%{URIPATH}(?:%{URIPARAM})?",
    "PATH": r"(?:/[\w.@:+-]+)+",
    "YEAR": r"\d{4}",
    "MONTH": r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    "MONTHNUM": r"(?:0?[1-9]|1[0-2])",
    "MONTHDAY": r"(?:0[1-9]|[12]\d|3[01]|[1-9])",
    "HOUR": r"(?:2[0-3]|[01]?\d)",
    "MINUTE": r"[0-5]\d",
    "SECOND": r"(?:[0-5]?\d|60)(?:[.,]\d+)?",
    "TIME": r"%{HOUR}:%{MINUTE}:%{SECOND}",
    "ISO8601_TIMEZONE": r"(?:Z|[+-]%{HOUR}:?%{MINUTE})",
    "TIMESTAMP_ISO8601": (
        r"%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?"
        r"(?:%{ISO8601_TIMEZONE}| UTC)?"
    ),
    "HTTPDATE": r"%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
    "SYSLOGTIMESTAMP": r"%{MONTH} +%{MONTHDAY} %{TIME}",
    "LOGLEVEL": (
        r"(?i:trace|debug\d?|info(?:rmation)?|notice|warn(?:ing)?|err(?:or)?|"
        r"crit(?:ical)?|fatal|severe|panic|emerg(?:ency)?|alert|log|statement|detail|hint|context)"
    ),
    "JAVACLASS": r"(?:[a-zA-Z$_][\w$]*\.)*[a-zA-Z$_][\w$]*",
    "JAVALOGGER": r"[\w$./\[\]-]+",
    "BRACKETED": r"[^\]]*",
    "COMMONAPACHELOG": (
        r"%{IPORHOST:source.address} %{NOTSPACE:http.auth} %{NOTSPACE:user.name} "
        r"\[%{HTTPDATE:@timestamp}\] "
        r'"(?:%{WORD:http.request.method} %{NOTSPACE:url.original}'
        r'(?: HTTP/%{NUMBER:http.version})?|%{QUOTED:message})" '
        r"(?:-|%{INT:http.response.status_code:int}) (?:-|%{INT:http.response.body.bytes:int})"
    ),
    "COMBINEDAPACHELOG": (
        r'%{COMMONAPACHELOG} "(?:-|%{QUOTED:http.request.referrer})" '
        r'"(?:-|%{QUOTED:user_agent.original})"'
    ),
}
_REFERENCE = re.compile(r"%\{(\w+)(?::([\w.@\[\]-]+))?(?::(int|float))?\}")
_AS: dict[str, Callable[[str], Any]] = {"int": int, "float": float}
_DEPTH_MAX = 10


@dataclass(frozen=True, slots=True)
class Grok:
    """A compiled pattern: for text that it matches as a whole, the fields by name."""

    regex: re.Pattern[str]
    fields: tuple[tuple[str, Callable[[str], Any] | None], ...]

    def __call__(self, text: str) -> dict[str, Any] | None:
        """The fields that were there; None when the text has another form."""
        found = self.regex.fullmatch(text)
        if found is None:
            return None
        values: dict[str, Any] = {}
        for (name, convert), value in zip(self.fields, found.groups(), strict=True):
            if value is not None:
                values[name] = convert(value) if convert else value
        return values


def compiled(pattern: str) -> Grok:
    """The pattern, expanded; ValueError names what it refers to and nobody knows."""
    fields: list[tuple[str, Callable[[str], Any] | None]] = []

    def expand(found: re.Match[str], depth: int) -> str:
        name, field, kind = found.groups()
        if name not in PATTERNS or depth > _DEPTH_MAX:
            raise ValueError(f"%{{{name}}} is no pattern that is known here")
        if field:
            fields.append((field, _AS.get(kind)))
        inner = _REFERENCE.sub(lambda each: expand(each, depth + 1), PATTERNS[name])
        return f"({inner})" if field else f"(?:{inner})"

    text = _REFERENCE.sub(lambda found: expand(found, 0), pattern)
    return Grok(regex=re.compile(text), fields=tuple(fields))

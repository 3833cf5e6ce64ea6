"""Secrets leave the lines before anything is kept. On bytes of many lines at once; never adds or
removes a line's end."""

import re

SHOWN = b"[redacted]"
_NAMES = (
    rb"password|passwd|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|authorization"
)
# What comes after a name of a secret: "password": "x", password=x, Authorization: Bearer x.
_PATTERNS = (
    (rb'(?i)("[\w.-]*(?:%s)[\w.-]*"\s*:\s*")(?:[^"\\\n]|\\.)+(?=")' % _NAMES, rb"\1" + SHOWN),
    (rb"(?i)\b(authorization\s*[:=]\s*)(?:bearer|basic|digest)\s+[^\s\"',;]+", rb"\1" + SHOWN),
    (rb"(?i)\b(bearer\s+)[\w.~+/=-]{8,}", rb"\1" + SHOWN),
    (
        rb"(?i)\b([\w-]*(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|token)"
        rb"\s*=\s*)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s&,;\"'\[]+)",
        rb"\1" + SHOWN,
    ),
    (rb"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+", SHOWN),  # JSON Web Token
    (rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", SHOWN),
    (rb"\bgh[pousr]_\w{36,}\b", SHOWN),
    (rb"\bxox[abprs]-[\w-]{10,}", SHOWN),
    (rb"(\b[a-z][a-z0-9+.-]*://[^\s:/@\"]*:)[^\s:/@\"]+(?=@)", rb"\1" + SHOWN),
)
_COMPILED = tuple((re.compile(pattern), shown) for pattern, shown in _PATTERNS)
# Most chunks hold none of these: one cheap look spares nine searches.
_HINT = re.compile(
    rb"(?i)passw|pwd|secret|[_-]?key|token|authoriz|bearer|eyJ|AKIA|ASIA|gh[pousr]_|xox|://[^\s/]*@"
)


def redacted(chunk: bytes) -> bytes:
    """The lines without what looks like a secret."""
    if _HINT.search(chunk) is None:
        return chunk
    lines = chunk.split(b"\n")
    return b"\n".join(_line(line) if _HINT.search(line) else line for line in lines)


def _line(line: bytes) -> bytes:
    for pattern, shown in _COMPILED:
        line = pattern.sub(shown, line)
    return line

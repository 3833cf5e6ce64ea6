"""Secrets leave the lines before anything is kept. On bytes of many lines at once; never adds or
removes a line's end."""

import re

SHOWN = b"[redacted]"
_NAMES = (
    rb"password|passwd|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|authorization"
)
# What comes after a name of a secret: "password": "x", password=x, Authorization: Bearer x.
_PATTERNS = (
    (rb'(?i)((?:%s)[\w.-]{0,64}"\s*:\s*")(?:[^"\\\n]|\\.)+(?=")' % _NAMES, rb"\1" + SHOWN),
    (rb"(?i)\b(authorization\s*[:=]\s*)(?:bearer|basic|digest)\s+[^\s\"',;]+", rb"\1" + SHOWN),
    (rb"(?i)\b(bearer\s+)[\w.~+/=-]{8,}", rb"\1" + SHOWN),
    (
        rb"(?i)((?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|token)"
        rb"\s*=\s*)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s&,;\"'\[]+)",
        rb"\1" + SHOWN,
    ),
    (rb"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+", SHOWN),  # JSON Web Token
    (rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", SHOWN),
    (rb"\bgh[pousr]_\w{36,}\b", SHOWN),
    (rb"\bxox[abprs]-[\w-]{10,}", SHOWN),
    (rb"(://[^\s:/@\"]*:)[^\s:/@\"]+(?=@)", rb"\1" + SHOWN),
)
# Where one of the patterns may match, for RE2 and `re` alike: one look instead of nine.
HINT = (
    rf"(?i:(?:{_NAMES.decode()})[\w.-]*\"\s*:\s*\"|authorization\s*[:=]|bearer\s+[\w.~+/=-]"
    r"|(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|token)\s*=|eyJ[\w-]+\."
    r"|A[KS]IA[0-9A-Z]{4}|gh[pousr]_\w{4}|xox[abprs]-|://[^\s:/@\"]*:[^\s:/@\"]+@)"
)
_COMPILED = tuple((re.compile(pattern), shown) for pattern, shown in _PATTERNS)
# No pattern matches a line without one of these words in small letters, and looking for a word is a
# hundred times faster than looking for a pattern.
_HINTS: tuple[bytes, ...] = (
    b"passw",
    b"pwd",
    b"secret",
    b"key",
    b"token",
    b"authoriz",
    b"bearer",
    b"eyj",
    b"akia",
)
_HINTS += (b"asia", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"xox", b"://")


def redacted(chunk: bytes) -> bytes:
    """The lines without what looks like a secret."""
    lower = chunk.lower()
    hints = tuple(hint for hint in _HINTS if hint in lower)
    if not hints:
        return chunk
    lines = chunk.split(b"\n")
    for number, line in enumerate(lower.split(b"\n")):
        for hint in hints:
            if hint in line:
                lines[number] = _line(lines[number])
                break
    return b"\n".join(lines)


def _line(line: bytes) -> bytes:
    for pattern, shown in _COMPILED:
        line = pattern.sub(shown, line)
    return line

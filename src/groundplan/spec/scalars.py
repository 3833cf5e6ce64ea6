"""What plain characters mean: the core schema of YAML 1.2, where `on` and 12:30:45 are text.

Numbers keep their characters, so that 15.10 can become a version without losing its zero. What
YAML 1.1 would read as a number or a truth value stays text, and `yaml11_meaning` names the trap.
"""

import re

DIGITS_MAX = 40  # longer numbers stay text

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_YAML11 = (
    (re.compile(r"(?:y|yes|on)", re.IGNORECASE), "true"),
    (re.compile(r"(?:n|no|off)", re.IGNORECASE), "false"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+"), "a number in base 60"),
    (re.compile(r"[-+]?0[0-7_]+"), "an octal number"),
    (re.compile(r"[-+]?0b[01_]+"), "a binary number"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?"), "a number"),
)


class WrittenInt(int):
    """A whole number that prints the way it was written."""

    written: str

    def __new__(cls, written: str) -> "WrittenInt":
        """From its characters."""
        self = super().__new__(cls, int(written, 0 if _BASED.fullmatch(written) else 10))
        self.written = written
        return self

    def __str__(self) -> str:
        return self.written


class WrittenFloat(float):
    """A number that prints the way it was written."""

    written: str

    def __new__(cls, written: str) -> "WrittenFloat":
        """From its characters."""
        self = super().__new__(cls, written)
        self.written = written
        return self

    def __str__(self) -> str:
        return self.written


Value = None | bool | WrittenInt | WrittenFloat | str


def resolve(text: str) -> Value:
    """The value of plain characters."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if len(text) > DIGITS_MAX:
        return text
    if _INT.fullmatch(text) or _BASED.fullmatch(text):
        return WrittenInt(text)
    return WrittenFloat(text) if _FLOAT.fullmatch(text) else text


def yaml11_meaning(text: str) -> str | None:
    """What YAML 1.1 would have made of plain characters that YAML 1.2 reads as text."""
    if isinstance(resolve(text), str):
        return next((meaning for shape, meaning in _YAML11 if shape.fullmatch(text)), None)
    return None

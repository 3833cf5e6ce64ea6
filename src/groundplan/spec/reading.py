"""From a path to the text of the file, or to one finding that says why there is none."""

import os
import re
import stat
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.rules import BYTES_MAX, Rule

STANDARD_INPUT = Path("-")  # as commands say
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read(path: Path) -> tuple[bytes, str]:
    """The bytes of the file and the text that they are."""
    data = bytes_of(path)
    return data, _text_of(data, str(path))


def bytes_of(path: Path) -> bytes:
    """The bytes of an ordinary file of a bounded size; SpecError for anything else."""
    if path == STANDARD_INPUT:
        return _bounded(path, sys.stdin.buffer)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(path, "it is a directory", _file_in(path))
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(
                path,
                "it is a pipe, a socket or a device, which may never end",
                "copy its content into an ordinary file",
            )
        if status.st_size > BYTES_MAX:
            raise _too_large(path, status.st_size)
        with path.open("rb") as file:
            return _bounded(path, file)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def _bounded(path: Path, file: BinaryIO) -> bytes:
    data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise _too_large(path, len(data))
    return data


def _refused(path: Path, error: OSError | ValueError) -> SpecError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _unreadable(path, "there is no such file", _file_like(path))
    if isinstance(error, PermissionError):
        return _unreadable(
            path, "this account may not read it", f'allow it: chmod u+r "{path}", or change owner'
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _unreadable(path, reason.lower(), "check the path")


def _unreadable(path: Path, why: str, try_: str) -> SpecError:
    return _finding(Rule.UNREADABLE, path, f'cannot read "{_shown(path)}"', why, try_)


def _too_large(path: Path, size: int) -> SpecError:
    return _finding(
        Rule.TOO_LARGE,
        path,
        f'"{_shown(path)}" has {size:,} bytes; a platform file has at most {BYTES_MAX:,}',
        "the document's whole platform takes about 10,000; this is probably another file",
        "name the platform file itself",
    )


def _finding(rule: Rule, path: Path, message: str, why: str, try_: str) -> SpecError:
    place = Place(_shown(path), 1, 1)
    return SpecError([Finding(rule=rule, message=message, why=why, try_=try_, place=place)])


def _shown(path: Path) -> str:
    text = str(path).replace("\0", "\\0")
    return text if len(text) <= 200 else text[:200] + "…"


def _file_in(folder: Path) -> str:
    for name in ("platform.yaml", "platform.yml"):
        if (folder / name).is_file():
            return f"name the file in it: {folder / name}"
    return "name a file, for example platform.yaml"


def _file_like(path: Path) -> str:
    try:
        names = [name for name in os.listdir(path.parent) if name.endswith((".yaml", ".yml"))]
    except OSError:
        return f"check the folder: {path.parent} cannot be opened either"
    close = get_close_matches(path.name, sorted(names), n=1)
    if close:
        return f"did you mean {path.parent / close[0]}?"
    return "check the path, or write a first file with: groundplan init"


def _text_of(data: bytes, file: str) -> str:
    encoding = _other_encoding(data)
    if encoding:
        raise _not_text(file, data, 0, f"it is {encoding}", "save it as UTF-8")
    if b"\0" in data:
        place = data.index(b"\0")
        raise _not_text(file, data, place, "it holds a zero byte", "name the platform file itself")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        why = f"the byte 0x{data[error.start]:02x} here is not UTF-8"
        raise _not_text(file, data, error.start, why, "save it as UTF-8") from error
    control = _CONTROL.search(text)
    if control:
        why = f"it holds the control character U+{ord(control.group()):04X} here"
        at = len(text[: control.start()].encode())
        raise _not_text(file, text.encode(), at, why, "delete that character")
    return text


def _other_encoding(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    return "gzip, compressed" if data.startswith(b"\x1f\x8b") else None


def _not_text(file: str, data: bytes, at: int, why: str, try_: str) -> SpecError:
    before = data[:at]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    place = Place(file, before.count(b"\n") + 1, column)
    message = "the file is not text in UTF-8"
    return SpecError(
        [Finding(rule=Rule.NOT_TEXT, message=message, why=why, try_=try_, place=place)]
    )

"""What pgBackRest tells of a repository, read. Pure: from its text to backups and faults."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from groundplan.ports.archive import Backup, Fault, Kind, What

MARK = "operation"  # the annotation that tells which operation made a backup
SEGMENT_BYTES = 16 * 2**20
_KIND = {"full": Kind.FULL, "incr": Kind.INCREMENTAL, "diff": Kind.INCREMENTAL}
_SEGMENT = re.compile(r"/([0-9A-F]{24})-[0-9a-f]{40}")
_INVALID = re.compile(r"invalid (checksum|size) '([^']+)'|file missing '([^']+)'")
_MISSING_PATH = (1, 2)  # info's status codes: no stanza here, or no backup yet


def backups(text: str, repository: str, number: int) -> tuple[Backup, ...]:
    """The backups of one repository in the output of `info`, oldest first."""
    found = [
        _backup(row, repository)
        for stanza in _read(text)
        for row in stanza["backup"]
        if row["database"]["repo-key"] == number
    ]
    return tuple(sorted(found, key=lambda backup: backup.label[-16:]))


def why_unreadable(text: str, repository: str, number: int) -> Fault | None:
    """What `info` has to say against a repository; None when it can be read."""
    for stanza in _read(text):
        for row in stanza["repo"]:
            code, message = row["status"]["code"], row["status"]["message"]
            if row["key"] != number or code in (0, 2):
                continue
            if code in _MISSING_PATH or "FileMissingError" in message:
                return Fault(what=What.MISSING, where=repository, why=_plain(message))
            return Fault(what=_what(message), where=repository, why=_plain(message))
    return None


def marked(text: str, number: int, mark: str) -> str | None:
    """The label of the backup that an operation made."""
    for stanza in _read(text):
        for row in stanza["backup"]:
            is_here = row["database"]["repo-key"] == number
            if is_here and row.get("annotation", {}).get(MARK) == mark:
                return str(row["label"])
    return None


def faults(said: str, error: str, repository: str) -> Iterator[Fault]:
    """What `verify` found: each file that is not as it was written."""
    if error:
        yield Fault(what=_what(error), where=repository, why=_plain(error))
    files: dict[str, str] = {}
    for found in _INVALID.finditer(said):
        path = found[2] or found[3]
        files[path] = f"invalid {found[1]}" if found[1] else "missing"
    for path, why in files.items():
        yield Fault(what=What.DAMAGED, where=f"{repository}: {path}", why=why)
    if not files and not error and "status: error" in said:
        yield Fault(what=What.DAMAGED, where=repository, why=_plain(said))


def missing_segments(paths: Iterable[str], needed_from: str) -> tuple[str, ...]:
    """The log segments that are not there, though later ones of their timeline are."""
    timelines: dict[str, set[int]] = defaultdict(set)
    for path in paths:
        if found := _SEGMENT.search(path):
            timelines[found[1][:8]].add(_number(found[1]))
    gaps: list[str] = []
    for timeline, numbers in sorted(timelines.items()):
        first = _number(needed_from) if needed_from[:8] == timeline else min(numbers)
        wanted = range(max(first, 0), max(numbers))
        gaps += [_name(timeline, number) for number in wanted if number not in numbers]
    return tuple(gaps)


def corrupt_files(text: str) -> tuple[str, ...]:
    """The files in which a backup found pages with a wrong checksum, as `info --set` says."""
    return tuple(
        str(item)
        for stanza in _read(text)
        for row in stanza["backup"]
        for item in row.get("error-list") or ()
    )


def first_segment(text: str, number: int) -> str:
    """The first log segment that a backup of the repository needs; empty without a backup."""
    starts = [
        str(row["archive"]["start"])
        for stanza in _read(text)
        for row in stanza["backup"]
        if row["database"]["repo-key"] == number
    ]
    return min(starts, default="")


def lsn_of(text: str) -> int:
    """An lsn as PostgreSQL writes it, "0/3000100", in bytes."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(lsn: int) -> str:
    """The bytes of log, as PostgreSQL writes them."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def _read(text: str) -> list[dict[str, Any]]:
    """A wrong pass phrase makes noise of a file, and `info` quotes it as it is."""
    found: list[dict[str, Any]] = json.loads(text, strict=False)
    return found


def _backup(row: dict[str, Any], repository: str) -> Backup:
    is_bad = bool(row.get("error"))
    return Backup(
        label=row["label"],
        repository=repository,
        kind=_KIND[row["type"]],
        began=float(row["timestamp"]["start"]),
        ended=float(row["timestamp"]["stop"]),
        stop_lsn=lsn_of(row["lsn"]["stop"]),
        bytes=int(row["info"]["size"]),
        stored_bytes=int(row["info"]["repository"]["delta"]),
        needs=tuple(row["reference"] or ()),
        faults=("pages with a wrong checksum",) if is_bad else (),
    )


def _what(message: str) -> What:
    """An info file that decrypts to noise was written with another pass phrase."""
    if "CryptoError" in message or "key/value found outside of section" in message:
        return What.WRONG_KEY
    if "FileMissingError" in message or "missing stanza" in message:
        return What.MISSING
    if "ChecksumError" in message or "checksum" in message:
        return What.DAMAGED
    return What.UNREADABLE


def _plain(message: str) -> str:
    """One line without the noise that a wrong pass phrase makes of a file."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "")
    return "".join(letter for letter in line if letter.isprintable() and letter.isascii())[:200]


def _number(segment: str) -> int:
    return int(segment[8:16], 16) * 256 + int(segment[16:], 16)


def _name(timeline: str, number: int) -> str:
    return f"{timeline}{number // 256:08X}{number % 256:08X}"

"""A directory as it is now, laid out in the platform's folder under its content.

What runs from there does not change when somebody works on, and an undo finds what ran before. Only
folders, files and links are taken: nothing is followed, waited for or run. What `.groundplanignore`
names stays behind, as does what no program runs from (a repository's history, caches).
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.targets.local.delivery.ignored import IGNORE_FILE, Ignored

BYTES_MAX = 1024**3
FILES_MAX = 100_000
CHUNK = 1 << 20
TREES = "trees"  # the folder of all of them, below that of releases
TREE = "tree-"  # what others lay out beside is called otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a release may be."""

    bytes: int = BYTES_MAX
    files: int = FILES_MAX


@dataclass(slots=True)
class _Copy:
    """One copy, as it is made."""

    root: Path
    into: Path
    content: bytes = b""  # the hash of all that was noted


def lay_out(
    directory: Path, into: Path, *, apart: tuple[Path, ...] = (), bounds: Bounds = Bounds()
) -> Path:
    """Copies it, unless its content is there already; TargetError that names what is in the way.

    `apart` are folders that are never taken along: the platform's own may lie below.
    """
    root = directory.resolve()
    if not root.is_dir():
        raise refused(directory, "it is no directory", "name the directory of the service's code")
    into.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=into))
    try:
        ignored = Ignored.of(root, apart=tuple(each.resolve() for each in (*apart, into)))
        _measure(root, ignored, into, bounds)
        copy = _Copy(root, half / "tree")
        copy.into.mkdir(mode=0o755)
        for found, facts in _entries(root, ignored, Path()):
            _entry(copy, found, facts)
        path = into / f"{TREE}{copy.content.hex()[:32]}"
        if path.is_dir():
            os.utime(path)  # it is wanted again, so it is no old one
        else:
            copy.into.rename(path)
    except OSError as error:
        why = f"{error.filename or directory}: {error.strerror or error}"
        raise refused(directory, why, "look for permissions and free space") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return path


def _measure(root: Path, ignored: Ignored, into: Path, bounds: Bounds) -> None:
    """Before anything is copied: what is too large, and a disk that is too full, costs nothing."""
    sizes: dict[str, int] = {}  # by what stands at the top
    for number, (path, facts) in enumerate(_entries(root, ignored, Path()), start=1):
        if stat.S_ISREG(facts.st_mode):
            top = path.parts[0]
            sizes[top] = sizes.get(top, 0) + facts.st_size
        if number > bounds.files:
            raise _too_large(root, sizes, f"it has more than {bounds.files:,} files")
        if sum(sizes.values()) > bounds.bytes:
            raise _too_large(root, sizes, f"it has more than {_mebibytes(bounds.bytes)}")
    free = shutil.disk_usage(into).free
    if sum(sizes.values()) > free:
        raise _too_large(root, sizes, f"only {_mebibytes(free)} are free in {into}")


def _entries(root: Path, ignored: Ignored, here: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """In the order of names, so that the same content has the same hash everywhere."""
    with os.scandir(root / here) as listed:
        entries = sorted(listed, key=lambda entry: entry.name)
    for entry in entries:
        path = here / entry.name
        facts = entry.stat(follow_symlinks=False)
        is_folder = stat.S_ISDIR(facts.st_mode)
        if not ignored.leaves_out(path, is_folder=is_folder):
            yield path, facts
            if is_folder:
                yield from _entries(root, ignored, path)


def _entry(copy: _Copy, path: Path, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        _note(copy, "folder", path)
        (copy.into / path).mkdir(mode=0o755)
    elif stat.S_ISLNK(facts.st_mode):
        _link(copy, path)
    elif stat.S_ISREG(facts.st_mode):
        _file(copy, path, facts)
    else:
        raise refused(
            copy.root,
            f"{path} is {_kind(facts.st_mode)}, which nobody can copy",
            f"remove it, or write it into {copy.root / IGNORE_FILE}",
        )


def _file(copy: _Copy, path: Path, facts: os.stat_result) -> None:
    """Its bytes as they are read; who writes meanwhile is told of, for half a file runs nowhere."""
    runs = bool(facts.st_mode & 0o100)
    own = hashlib.sha256()
    descriptor = os.open(copy.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as source, (copy.into / path).open("wb") as target:
        before = os.fstat(source.fileno())
        while chunk := source.read(CHUNK):
            own.update(chunk)
            target.write(chunk)
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise refused(copy.root, f"somebody writes to {path}", "try again when that is over")
    (copy.into / path).chmod(facts.st_mode & 0o755)  # a secret stays one; nobody writes to it
    _note(copy, "program" if runs else "file", path, own.digest())


def _link(copy: _Copy, path: Path) -> None:
    """Kept as a link, within the copy. Outside of it only a program of this machine may be meant.

    A link to a folder elsewhere would bring in what changes later, or what nobody meant to ship.
    """
    written = os.readlink(copy.root / path)
    end = (copy.root / path).resolve()
    if end.is_relative_to(copy.root):
        target = written
        if Path(written).is_absolute():
            target = os.path.relpath(end, (copy.root / path).parent)
    elif end.is_file() and os.access(end, os.X_OK):
        target = str(end)  # as the python of a virtual environment
    else:
        raise refused(
            copy.root,
            f"{path} is a link to {written}, which leads out of the directory",
            f"put there what is meant, or write it into {copy.root / IGNORE_FILE}",
        )
    (copy.into / path).symlink_to(target)
    _note(copy, "link", path, target.encode())


def _note(copy: _Copy, kind: str, path: Path, content: bytes = b"") -> None:
    """What the hash is made of: no time, no owner, and nothing that could be read two ways."""
    own = hashlib.sha256(copy.content)
    for piece in (kind.encode(), os.fsencode(path), content):
        own.update(len(piece).to_bytes(8, "big"))
        own.update(piece)
    copy.content = own.digest()


def _too_large(root: Path, sizes: Mapping[str, int], why: str) -> TargetError:
    largest = sorted(sizes.items(), key=lambda pair: -pair[1])[:3]
    told = ", ".join(f"{name} {_mebibytes(size)}" for name, size in largest)
    return refused(
        root,
        f"{why} (so far {told})" if told else why,
        f"write what nothing runs from into {root / IGNORE_FILE}, or release from git with --ref",
    )


def _mebibytes(size: int) -> str:
    return f"{size // 1024**2:,} MiB"


def _kind(mode: int) -> str:
    tests = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISCHR, "a device"),
    )
    return next((words for test, words in tests if test(mode)), "something unknown")


def refused(directory: Path, why: str, try_: str) -> TargetError:
    """A directory that cannot be released."""
    return TargetError(part="release", doing=f"copying {directory}", why=why, try_=try_)


def trees(into: Path) -> Iterator[Path]:
    """All that were laid out."""
    if into.is_dir():
        yield from (each for each in sorted(into.iterdir()) if not each.name.startswith("."))

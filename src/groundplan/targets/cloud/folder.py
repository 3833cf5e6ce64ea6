"""A rendered folder: what differs from it, and writing it, each file in one step.

Files are taken one at a time, so a tree of any size needs little memory.
"""

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from groundplan.design.cloud_findings import Rule
from groundplan.errors import Finding, SpecError
from groundplan.targets.cloud import manifest
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.manifest import Manifest, Mark, digest

OURS = (
    "terraform",
    "gitops",
    ".github/workflows",
    "images",
    "topology",
)  # folders in which every file is ours
WRITING = ".groundplan-writing-"
LEFT_BEHIND = (
    WRITING,
    ".terraform",
    "terraform.tfstate",
    "errored.tfstate",
    "groundplan.tfplan",
    "groundplan_first_override.tf",
    ".DS_Store",
)  # by tools that work in them
SHOWN_MAX = 10


class Sign(StrEnum):
    """What would be done with a file."""

    NEW = "+"
    CHANGED = "~"
    STALE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file that is not as it would be rendered. `diff` is from what is there to that."""

    sign: Sign
    path: str
    is_edited: bool = False  # by hand, since it was rendered
    diff: str = ""


@dataclass(slots=True, kw_only=True)
class Written:
    """What a run has done."""

    count: int = 0
    changed: list[Difference] = field(default_factory=list)


def compare(
    folder: Path, files: Iterable[File], environment: str | None = None
) -> Iterator[Difference]:
    """Every file that differs, in the order of rendering; then what is stale."""
    known = manifest.read(folder) or Manifest()
    seen = set()
    for file in files:
        seen.add(file.path)
        found = _difference(folder, file, known, with_diff=True)
        if found:
            yield found
    yield from (Difference(sign=Sign.STALE, path=path) for path in _stale(known, seen, environment))


def write(folder: Path, files: Iterable[File], environment: str | None = None) -> Written:
    """Makes the folder as rendered; SpecError before the first byte if foreign files are there.

    While it writes the manifest says so: a run that died is gone on with, not refused.
    """
    refuse_foreign(folder)
    known = manifest.read(folder) or Manifest()
    folder.mkdir(parents=True, exist_ok=True)
    before = known.to_text() if known.marks and known.is_whole else ""
    done, marks = Written(), {}
    for file in files:
        done.count += 1
        marks[file.path] = Mark(digest=digest(file.text), environment=file.environment)
        found = _difference(folder, file, known)
        if found:
            if known.is_whole:
                known.is_whole = False
                _replace(folder / manifest.NAME, known.to_text())
            _replace(folder / file.path, file.text)
            done.changed.append(found)
    for path in _stale(known, set(marks), environment):
        (folder / path).unlink(missing_ok=True)
        _remove_empty(folder, (folder / path).parent)
        done.changed.append(Difference(sign=Sign.STALE, path=path))
    others = {path: mark for path, mark in known.marks.items() if _is_of_other(mark, environment)}
    after = Manifest(marks={**others, **marks}).to_text()
    if after != before:
        _replace(folder / manifest.NAME, after)
    return done


def refuse_foreign(folder: Path) -> None:
    """SpecError for files that a run would mix with ours."""
    known = manifest.read(folder)
    if known is not None and not known.is_whole:
        return
    foreign = sorted(_foreign(folder, known))
    if foreign:
        shown = ", ".join(foreign[:SHOWN_MAX]) + (", ..." if len(foreign) > SHOWN_MAX else "")
        raise SpecError(
            [
                Finding(
                    rule=Rule.FOREIGN_FILES,
                    message=f"{folder} holds files that groundplan has not written: {shown}",
                    why="what nobody renders would be applied together with what is rendered",
                    try_="name an empty folder, or move these files out of it",
                )
            ]
        )


def _foreign(folder: Path, known: Manifest | None) -> Iterator[str]:
    if known is None:
        yield from (path.name for path in _entries(folder) if path.name != ".git")
        return
    for top in OURS:
        for path in _files_below(folder / top):
            name = path.relative_to(folder).as_posix()
            if name not in known.marks:
                yield name


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _files_below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(LEFT_BEHIND)]
        yield from (Path(root, name) for name in names if not name.startswith(LEFT_BEHIND))


def _difference(
    folder: Path, file: File, known: Manifest, *, with_diff: bool = False
) -> Difference | None:
    try:
        there = (folder / file.path).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return Difference(sign=Sign.NEW, path=file.path)
    if file.is_kept or there == file.text:
        return None
    mark = known.marks.get(file.path)
    return Difference(
        sign=Sign.CHANGED,
        path=file.path,
        is_edited=mark is not None and mark.digest != digest(there),
        diff=_diff(file, there) if with_diff else "",
    )


def _diff(file: File, there: str) -> str:
    lines = difflib.unified_diff(
        there.splitlines(keepends=True),
        file.text.splitlines(keepends=True),
        f"{file.path} (in the folder)",
        f"{file.path} (rendered)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _is_of_other(mark: Mark, environment: str | None) -> bool:
    """A run for one environment leaves those of the others alone."""
    return environment is not None and mark.environment not in (environment, None)


def _stale(known: Manifest, seen: set[str], environment: str | None) -> list[str]:
    return sorted(
        path
        for path, mark in known.marks.items()
        if path not in seen and not _is_of_other(mark, environment)
    )


def _replace(path: Path, text: str) -> None:
    """In one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{WRITING}{path.name}")
    try:
        temporary.write_bytes(text.encode())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent

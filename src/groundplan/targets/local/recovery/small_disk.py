"""A full disk under a folder, for real and bounded: a small file system in memory lies over it, has
a copy of what is there, and no room left.

What is written while it is full, if anything, is carried back when space returns: first it becomes
read-only, so that nothing comes in between, then the folder below gets its files. Needs root.
"""

import os
import shutil
import subprocess
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.targets.local.processes.programs import MOUNT, UMOUNT, Program, find

COPIED_MAX = 512 * 2**20  # of memory; a larger folder is not drilled with
ROOM = 2**20
WHOLE = ".groundplan-drill-copied"  # without it the copy is not complete, and worth nothing
FILLER = ".groundplan-drill-filler"
SECONDS = 60
_BLOCK = bytes(65_536)


def fill(folder: Path) -> None:
    """From here on nothing can be written into the folder; harmless twice. TargetError: it cannot
    be done here, and nothing was changed."""
    folder = folder.resolve()
    if _is_mounted(folder) and (folder / WHOLE).exists():
        return
    empty(folder)  # of one that was killed while it copied
    if os.geteuid() != 0:
        raise _refused(folder, "it needs root, to mount a small disk", "run the platform as root")
    size = sum(path.stat().st_size + 4096 for path in folder.rglob("*"))
    if size > COPIED_MAX:
        why = f"{folder} holds {size / 2**20:.0f} MB, and at most {COPIED_MAX >> 20} are copied"
        raise _refused(folder, why, "drill on a smaller platform")
    facts, below = folder.stat(), _below(folder)
    below.mkdir(mode=0o700, exist_ok=True)
    if not _is_mounted(below):
        _run(folder, MOUNT, "--bind", str(folder), str(below))
    options = f"size={size + ROOM},mode=0700,uid={facts.st_uid},gid={facts.st_gid}"
    try:
        _run(folder, MOUNT, "-t", "tmpfs", "-o", options, "groundplan-drill", str(folder))
    except TargetError:
        _run(folder, UMOUNT, "-l", str(below))
        below.rmdir()
        raise
    shutil.copytree(below, folder, symlinks=True, dirs_exist_ok=True)
    _own_as(below, folder)
    (folder / WHOLE).touch()
    with (folder / FILLER).open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(_BLOCK)
        except OSError:
            pass  # it is full


def empty(folder: Path) -> None:
    """Takes the small disk away; harmless twice, and after a kill anywhere in `fill`."""
    folder = folder.resolve()
    below = _below(folder)
    if _is_mounted(folder):
        (folder / FILLER).unlink(missing_ok=True)
        if _is_mounted(below) and (folder / WHOLE).exists():
            _run(folder, MOUNT, "-o", "remount,ro", str(folder))
            _carry_back(folder, below)
        _run(folder, UMOUNT, "-l", str(folder))
    if _is_mounted(below):
        _run(folder, UMOUNT, "-l", str(below))
    if below.is_dir():
        below.rmdir()


def _carry_back(folder: Path, below: Path) -> None:
    """What is newer than what lies below, with its owner; each file in one step."""
    for path in sorted(folder.rglob("*")):
        if path.name == WHOLE:
            continue
        target = below / path.relative_to(folder)
        if path.is_dir() and not path.is_symlink():
            target.mkdir(exist_ok=True)
            continue
        if target.exists() and target.stat().st_mtime_ns == path.stat().st_mtime_ns:
            continue
        part = target.with_name(f"{target.name}.carried")
        shutil.copy2(path, part, follow_symlinks=False)
        part.replace(target)
    _own_as(folder, below)


def _own_as(model: Path, folder: Path) -> None:
    for path in model.rglob("*"):
        target, facts = folder / path.relative_to(model), path.lstat()
        if os.path.lexists(target):
            os.chown(target, facts.st_uid, facts.st_gid, follow_symlinks=False)


def _is_mounted(folder: Path) -> bool:
    """Asked of the kernel: a bind mount looks like any folder of its disk."""
    rows = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(row.split(" ")[4].replace("\\040", " ") == str(folder) for row in rows)


def _below(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.below")


def _run(folder: Path, program: Program, *words: str) -> None:
    try:
        said = subprocess.run(
            (str(find(program)), *words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(folder, str(error), "look at the machine's load") from error
    if said.returncode != 0:
        raise _refused(folder, said.stderr.strip(), "allow mounts here, or drill elsewhere")


def _refused(folder: Path, why: str, try_: str) -> TargetError:
    return TargetError(part="drill", doing=f"filling the disk of {folder}", why=why, try_=try_)

"""pgBackRest: its configuration for a server or a copy of one, and how it is run.

Its exit codes are not trusted: a backup of a corrupt page and a `verify` that found damage end
with 0. Pass phrases stand in files that only the account of PostgreSQL reads.
"""

import os
import re
import shlex
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundplan.design.backups import Archiving
from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Account, Machine
from groundplan.targets.local.processes.programs import PGBACKREST, SETPRIV, find

CONF = "pgbackrest.conf"
SECRET = "backup-database"
SECONDS = 6 * 3600.0  # a backup of a large database; whoever waits for less says so

_GLOBAL = """\
# {name}, rendered by groundplan: the next `groundplan up` overwrites edits.
[global]
{repositories}\
compress-type={compression}
lock-path={lock}
log-level-file=off
log-level-stderr=off
log-timestamp=n
process-max=2
start-fast=y
expire-auto=n
io-timeout=30
job-retry=0

[{stanza}]
pg1-path={data}
pg1-socket-path={sockets}
pg1-port={port}
pg1-user=postgres
"""
SEND = "pgbackrest-push.sh"  # pgBackRest refuses an archive_command without its own name
OWED = "owed"
_SEND = """\
#!/bin/sh
# Sends a log segment to each repository by itself: one that is away holds up no other. What it is
# owed is kept here and sent first when it is back. Fails only when nobody took the segment.
umask 077
cd {folder} || exit 1
taken=1
for number in {numbers}; do
    push() {{ {pgbackrest} --config={folder}/pgbackrest.$number.conf --stanza={stanza} \\
        archive-push "$1"; }}
    owed={owed}/$number
    mkdir -p "$owed"
    is_back=yes
    for segment in "$owed"/*; do
        [ -f "$segment" ] || continue
        if push "$PWD/$segment"; then rm "$segment"; else is_back=no && break; fi
    done
    if [ $is_back = yes ] && push "$1"; then
        taken=0
    else
        name=${{1##*/}}
        cp "$1" "$owed.new" && sync "$owed.new" && mv "$owed.new" "$owed/$name" || exit 1
    fi
done
exit $taken
"""
_REPOSITORY = """\
repo{number}-path={path}
repo{number}-cipher-type=aes-256-cbc
repo{number}-cipher-pass={secret}
repo{number}-retention-full=9999999
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a run of pgBackRest said."""

    code: int
    out: str
    error: str  # its own lines of ERROR, on one line


def conf(part: Postgres, machine: Machine, *, only: int | None = None) -> str:
    """The configuration with which pgBackRest reads a data directory or fills it; `only`: with
    one of the repositories, by its number."""
    data, sockets = machine.directory(part) / "data", machine.directory(part) / "run"
    archiving = part.archiving
    assert archiving is not None
    repositories = "".join(
        _REPOSITORY.format(
            number=number,
            path=machine.folder / repository.directory,
            secret=machine.secret(SECRET),
        )
        for number, repository in enumerate(archiving.repositories, start=1)
        if only in (None, number)
    )
    return _GLOBAL.format(
        name=part.name,
        repositories=repositories,
        compression=archiving.compression,
        lock=machine.folder / "backups" / "lock",
        stanza=archiving.stanza,
        data=data,
        sockets=sockets,
        port=part.port,
    )


def files(part: Postgres, machine: Machine) -> tuple[File, ...]:
    """What a server needs to send its log, and whoever makes backups of it."""
    if part.archiving is None:
        return ()
    numbers = range(1, len(part.archiving.repositories) + 1)
    script = _SEND.format(
        folder=shlex.quote(str(machine.directory(part))),
        numbers=" ".join(map(str, numbers)),
        pgbackrest=find(PGBACKREST),
        stanza=part.archiving.stanza,
        owed=OWED,
    )
    each = (
        File(path=f"pgbackrest.{n}.conf", text=conf(part, machine, only=n), mode=0o600)
        for n in numbers
    )
    whole = File(path=CONF, text=conf(part, machine), mode=0o600)
    return (whole, *each, File(path=SEND, text=script, mode=0o755))


def command(archiving: Archiving, config: Path, *words: str) -> tuple[str, ...]:
    """A command line; it holds no secret."""
    return (
        str(find(PGBACKREST)),
        f"--config={config}",
        f"--stanza={archiving.stanza}",
        *words,
    )


def make_folders(archiving: Archiving, machine: Machine) -> None:
    """The repositories and the folder of the lock, for PostgreSQL's account alone."""
    folders = [machine.folder / "backups" / "lock"]
    folders += [machine.folder / place.directory for place in archiving.repositories]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        if machine.account:
            os.chown(folder, machine.account.uid, machine.account.gid)
        folder.chmod(0o700)


def begin(part: Postgres, machine: Machine) -> None:
    """Makes the repositories of a new platform; those that are there are left alone."""
    archiving = part.archiving
    assert archiving is not None
    kept = (f"archive/{archiving.stanza}", f"backup/{archiving.stanza}")
    folders = [machine.folder / place.directory for place in archiving.repositories]
    if all((folder / path).is_dir() for folder in folders for path in kept):
        return
    words = command(archiving, machine.directory(part) / CONF, "stanza-create")
    said = run(words, account=machine.account, seconds=120)
    if said.code != 0:
        raise TargetError(
            part=part.name,
            doing="making its repositories for backups",
            why=said.error or said.out[-400:],
            try_=f"see that {' and '.join(map(str, folders))} can be written, then repeat",
        )


def run(
    words: tuple[str, ...],
    *,
    account: Account | None,
    seconds: float = SECONDS,
    tell: Callable[[str], None] | None = None,
) -> Said:
    """Runs it so that it ends when we do, and hands each line to `tell` while it runs.

    TargetError when it cannot be run, or not in time.
    """
    lines: list[str] = []
    process = _started(words, account)
    assert process.stdout is not None
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if tell:
                tell(lines[-1])
        code = process.wait()
    finally:
        is_late = not alarm.is_alive()
        alarm.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    if is_late and code < 0:
        raise TargetError(
            part="backup",
            doing=f"running pgBackRest ({words[-1]})",
            why=f"it did not end within {seconds:g} s",
            try_="look at the machine's load, then repeat the command",
            retry=True,
        )
    return Said(code=code, out="\n".join(lines), error=_errors(lines))


def _started(words: tuple[str, ...], account: Account | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (str(find(SETPRIV)), "--pdeathsig", "KILL", "--", *words),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _errors(lines: list[str]) -> str:
    """Its lines of ERROR, each with what is indented below it."""
    found: list[str] = []
    is_error = False
    for line in lines:
        is_error = "ERROR:" in line or (is_error and line.startswith("       "))
        if is_error:
            found.append(line.strip())
    return " ".join(found)


def share_in(line: str) -> float | None:
    """How much is done, from 0 to 1, when a line of a backup or a restore tells it."""
    found = re.search(r"(\d+\.\d+)%\)", line)
    return float(found[1]) / 100 if found else None

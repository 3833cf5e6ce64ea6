"""Terraform as a process: it is asked to stop, never killed, and outlives us when we are killed.

What it prints goes into a file without a name, not into a pipe: a Terraform whose reader has died
would die at its next line, with a lock held and a state that is not saved.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from typing import IO

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.roots import Root

PROGRAM = "terraform"
VERSION_MIN = (1, 11)
VERSION_SECONDS, STOP_SECONDS = 30, 600
ERROR_LINES_MAX = 30
UNSAVED = "errored.tfstate"
INSTALL = "install Terraform 1.11 or newer"
ROOM_BYTES = 100_000_000
FULL = ("the disk is full", "make room, then apply again: what is done is passed over")
LOCK = re.compile(r"^\W*(ID|Who|Created|Operation):\s+(.+?)\s*$", re.MULTILINE)
AGAIN = "mend it and apply again: what is done is passed over"


def require() -> None:
    """TargetError unless a Terraform is here that knows how to lock in S3."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise _refused("terraform", "version", "it is not on this machine", INSTALL)
    try:
        told = subprocess.run(
            [program, "version", "-json"],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
        )
        version = str(json.loads(told.stdout)["terraform_version"])
    except (OSError, ValueError, LookupError, TypeError, subprocess.TimeoutExpired) as error:
        why = f"{program} does not tell its version ({error})"
        raise _refused("terraform", "version", why, INSTALL) from error
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < VERSION_MIN:
        why = f"{program} is {version}, and states are locked in S3 from 1.11 on"
        raise _refused("terraform", "version", why, INSTALL)


def run(root: Root, verb: str, *words: str, seconds: float) -> str:
    """What it prints. It is not shown: Terraform hides what it knows to be secret, and no more."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise refused(root, verb, "terraform is not on this machine", INSTALL)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        try:
            process = subprocess.Popen(
                [program, verb, "-no-color", *words],
                cwd=root.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        except OSError as error:
            raise refused(root, verb, str(error), AGAIN) from error
        code = _waited(process, root, verb, seconds)
        if code:
            raise told(root, verb, _text(err) or _text(out), code)
        return _text(out)


def refuse_unsaved(root: Root) -> None:
    """TargetError for a root whose last state could not be saved, because a plan would make all of
    it again; and where the next one could not be: Terraform makes things all the same."""
    free = shutil.disk_usage(root.folder).free
    if free < ROOM_BYTES:
        why = f"{free / 1e6:,.0f} MB are free in {root.folder}, too few for a state to be safe"
        raise refused(root, "plan", why, FULL[1])
    if (root.folder / UNSAVED).exists():
        raise refused(root, "plan", *_unsaved(root))


def told(root: Root, verb: str, text: str, code: int) -> TargetError:
    """What Terraform refuses, in our words where the bad day is known. Pure but for the folder."""
    folded = text.casefold()
    if "failed to save state" in folded or "error saving state" in folded:
        return refused(root, verb, *_unsaved(root))
    if "no space left on device" in folded:  # which also keeps a lock from being written
        return refused(root, verb, *FULL)
    lock = dict(LOCK.findall(text))
    if "error acquiring the state lock" in folded and "ID" in lock:
        return refused(root, verb, *_locked(root, lock))
    lines = [line for line in text.splitlines() if line.strip()]
    why = "\n".join(lines[-ERROR_LINES_MAX:]) or f"exit code {code}"
    return refused(root, verb, why, AGAIN)


def refused(root: Root, verb: str, why: str, try_: str) -> TargetError:
    """The error of a root."""
    return _refused(root.name, verb, why, try_)


def _waited(process: subprocess.Popen[bytes], root: Root, verb: str, seconds: float) -> int:
    """Its exit code. When we are interrupted, or the time is up, it ends what it is at first."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        process.send_signal(signal.SIGINT)
        _ended(process)
        why = f"it took longer than {seconds:g} s, and was stopped"
        raise refused(root, verb, why, "look at it by hand, then apply again") from error
    except KeyboardInterrupt:
        # A terminal has told it, too; twice would be an order to drop everything.
        if os.getpgid(process.pid) != os.getpgrp() or not os.isatty(0):
            process.send_signal(signal.SIGINT)
        _ended(process)
        raise


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _locked(root: Root, lock: dict[str, str]) -> tuple[str, str]:
    who = f"{lock.get('Who', 'somebody')} since {lock.get('Created', 'nobody knows when')}"
    return (
        f"its state is locked, by {who} ({lock.get('Operation', 'unknown')})",
        "wait until that is over; when nobody is at it any more: "
        f"terraform -chdir={root.folder} force-unlock {lock['ID']}",
    )


def _unsaved(root: Root) -> tuple[str, str]:
    file = root.folder / UNSAVED
    try:
        json.loads(file.read_bytes())
    except (OSError, ValueError):
        return (
            "the state could not be saved, and what Terraform keeps then is not whole either",
            f"make room; what was made has to be imported or deleted; then delete {file}",
        )
    return (
        f"the state could not be saved; what was made stands in {file} alone",
        f"terraform -chdir={root.folder} state push {UNSAVED}, delete that file, apply again",
    )


def _refused(part: str, verb: str, why: str, try_: str) -> TargetError:
    return TargetError(part=part, doing=f"terraform {verb}", why=why, try_=try_, retry=False)

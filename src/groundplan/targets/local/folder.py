"""The platform's folder on this machine: where it is, what was applied to it, and who holds it."""

import fcntl
import json
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN, LOCK, SOURCE
from groundplan.targets.local.files import write_if_changed


def account() -> str:
    """The name of the account that this process has."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def folder_of(platform: str, environment: str) -> Path:
    """Where a platform's parts live: GROUNDPLAN_HOME, /var/lib/groundplan for root, else XDG."""
    home = os.environ.get("GROUNDPLAN_HOME")
    if home is None and os.geteuid() == 0:
        home = "/var/lib/groundplan"
    if home is None:
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        home = str(Path(state) / "groundplan")
    return Path(home).absolute() / f"{platform}-{environment}"


_WAIT = "wait until it is done; the lock goes with its process"

UNNAMED_SECONDS = 1.0  # for which whoever has the lock may not have written who it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a platform, doing what, and what others may try meanwhile."""

    doing: str
    who: str = field(default_factory=account)
    try_: str = _WAIT


class Folder:
    """What is written in the platform's folder besides the parts' own files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._applied = path / "applied.json"
        self._wanted = path / DESIGN
        self._lock = path / LOCK

    def create(self) -> None:
        """Makes the folder; TargetError when that is not allowed."""
        try:
            (self.path / "parts").mkdir(parents=True, exist_ok=True)
            (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied", str(self.path))
        except OSError as error:
            raise TargetError(
                part="folder",
                doing="creating the platform's folder",
                why=str(error),
                try_=f"allow writing to {self.path}, or set GROUNDPLAN_HOME to another folder",
            ) from error

    def applied(self) -> Design | None:
        """The design whose parts were built here; None when nothing was."""
        try:
            return Design.from_json(self._applied.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise TargetError(
                part="folder",
                doing="reading what runs here",
                why=f"{self._applied} cannot be read: {str(error).splitlines()[0]}",
                try_=f"delete {self._applied}; the next `groundplan up` writes it anew",
            ) from error

    def want(self, design: Design, source: Path) -> None:
        """Records for the agent what this platform is to be, and where its file is."""
        write_if_changed(self.path / SOURCE, str(source))
        write_if_changed(self._wanted, design.to_json().decode())

    def source(self) -> Path:
        """Where the platform's file was at the last `up`; TargetError when nobody knows."""
        try:
            return Path((self.path / SOURCE).read_text())
        except OSError as error:
            raise TargetError(
                part="folder",
                doing="looking for the platform's file",
                why=str(error),
                try_="groundplan up",
            ) from error

    def record(self, built: Design) -> None:
        """Records what is built here now."""
        write_if_changed(self._applied, built.to_json().decode())

    @contextmanager
    def locked(self, holder: Holder | str) -> Iterator[None]:
        """Holds the platform; TargetError that names the holder when somebody else does.

        A verb may be its name alone.
        """
        if isinstance(holder, str):
            holder = Holder(doing=f"`groundplan {holder}`")
        self.create()
        stream = self._locked_stream()
        try:
            self._write(stream, json.dumps(_facts(holder)))
            yield
            self._write(stream, "")
        finally:
            stream.close()

    def _locked_stream(self) -> TextIO:
        try:
            stream = self._lock.open("a+")
        except OSError as error:
            raise _unusable(self._lock, error) from error
        deadline = time.monotonic() + UNNAMED_SECONDS
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return stream
            except BlockingIOError as error:
                # Between the lock and its name, or the other way round, somebody comes or goes.
                if self._lock.read_text() or time.monotonic() > deadline:
                    stream.close()
                    raise _held(self._lock) from error
            time.sleep(0.01)

    def _write(self, stream: TextIO, text: str) -> None:
        """Who holds the lock. The lock holds without it, so a full disk is no reason to stop."""
        with suppress(OSError):
            stream.truncate(0)
            os.write(stream.fileno(), text.encode())


def _facts(holder: Holder) -> dict[str, Any]:
    return {**asdict(holder), "pid": os.getpid(), "since": time.time()}


def _unusable(lock: Path, error: OSError) -> TargetError:
    return TargetError(
        part="lock",
        doing="taking the platform's lock",
        why=str(error),
        try_=f"allow writing to {lock.parent}, or set GROUNDPLAN_HOME to another folder",
    )


def _held(lock: Path) -> TargetError:
    try:
        holder = json.loads(lock.read_text())
        since = datetime.fromtimestamp(holder["since"], UTC).strftime("%H:%M:%S UTC")
        who = (
            f"{holder['doing']} of {holder['who']} (process {holder['pid']}) holds it since {since}"
        )
        try_ = str(holder["try_"])
    except (OSError, ValueError, KeyError):
        who, try_ = "another groundplan holds it", _WAIT
    return TargetError(
        part="lock",
        doing="taking the platform's lock",
        why=who,
        try_=try_,
        retry=True,
    )

"""The machine as the recipes see it: the platform's folder, its secrets, and who runs the parts."""

import os
import pwd
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.design.design import Design
from groundplan.design.parts import Part
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed

SECRETS = (
    "postgres-app",
    "postgres-replication",
    "postgres-monitor",
    "redis",
    "backup-database",
    "backup-files",
)
LOGIN = "postgres-app-login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The unprivileged account for parts that refuse to run as root."""

    name: str
    uid: int
    gid: int


def account_for_root() -> Account | None:
    """PostgreSQL's account when we are root, None when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError as error:
        raise TargetError(
            part="postgres",
            doing="choosing an account",
            why="PostgreSQL refuses to run as root and there is no account `postgres`",
            try_="sudo apt-get install postgresql-15",
        ) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Everything a recipe may ask for. `draining` names parts that get no new traffic."""

    folder: Path  # the platform's folder, absolute
    source: Path  # the folder of the platform file, absolute: services' directories start here
    design: Design
    account: Account | None
    draining: frozenset[str] = field(default_factory=frozenset)

    def directory(self, part: Part) -> Path:
        """The part's own folder, absolute."""
        return self.folder / part.directory

    def make_secrets(self) -> None:
        """Makes the secrets that are not there yet, readable for the owner only."""
        for name in SECRETS:
            path = self.folder / "secrets" / name
            if not path.exists():
                write_if_changed(path, secrets.token_urlsafe(24), mode=0o600)

    def secret(self, name: str) -> str:
        """A secret of this platform; `make_secrets` made it."""
        return (self.folder / "secrets" / name).read_text()

    def login(self, owner: str) -> str:
        """The role that services log in as: `owner`, or the one that a rotation moved on to."""
        path = self.folder / "secrets" / LOGIN
        return path.read_text() if path.exists() else owner

    def run(
        self,
        part: str,
        doing: str,
        command: tuple[str, ...],
        *,
        account: Account | None = None,
        environment: tuple[tuple[str, str], ...] = (),
        workdir: Path | None = None,
        seconds: float = 120,
    ) -> str:
        """Runs a command to its end and returns its output; TargetError with its last lines."""
        try:
            result = subprocess.run(
                command,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                env={**os.environ, **dict(environment)},
                cwd=workdir or self.folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise _not_run(part, doing, error) from error
        if result.returncode != 0:
            last = (result.stderr.strip() or result.stdout.strip())[-600:]
            raise TargetError(
                part=part,
                doing=doing,
                why=f"`{Path(command[0]).name}` ended with {result.returncode}: {last}",
                try_="the message above is the program's own; mend its cause and repeat",
            )
        return result.stdout


def _not_run(part: str, doing: str, error: subprocess.TimeoutExpired | OSError) -> TargetError:
    if isinstance(error, OSError):
        try_ = "check the path and its permissions"
        return TargetError(part=part, doing=doing, why=str(error), try_=try_)
    return TargetError(
        part=part,
        doing=doing,
        why=f"`{error.cmd[0]}` did not end within {error.timeout:g} s",
        try_="look at the machine's load, then repeat the command",
        retry=True,
    )

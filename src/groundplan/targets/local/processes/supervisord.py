"""What supervisord reads: the file it is started with, and one for each program."""

import shlex
from dataclasses import dataclass
from pathlib import Path

CONFIG = """\
; groundplan's supervisor for this platform; parts are in parts.d/, one file each.
[unix_http_server]
file={folder}/supervisor/supervisor.sock
chmod=0700

[supervisord]
logfile={folder}/supervisor/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={folder}/supervisor/supervisord.pid
childlogdir={folder}/supervisor
minfds=1024
nocleanup=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = {folder}/supervisor/parts.d/*.conf
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A script to keep alive. `log` gets its output."""

    name: str  # a part's name
    script: Path
    log: Path
    stop_signal: str
    stop_seconds: int
    user: str | None


def section(program: Program) -> str:
    """The program's file in parts.d."""
    lines = [
        f"[program:{slug(program.name)}]",
        f"command=/bin/sh {escaped(shlex.quote(str(program.script)))}",
        f"directory={escaped(str(program.script.parent))}",
        f"stdout_logfile={escaped(str(program.log))}",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=3",
        "redirect_stderr=true",
        "autostart=false",
        "autorestart=true",
        "startsecs=1",
        # A first start after kill -9 may meet the old process's port or memory: keep trying.
        "startretries=20",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "killasgroup=true",
    ]
    if program.user:
        lines.append(f"user={program.user}")
    return "\n".join(lines) + "\n"


def slug(name: str) -> str:
    """A part's name as supervisord and a folder can have it."""
    return name.replace("/", ".")


def escaped(text: str) -> str:
    """supervisord expands %(name)s in values."""
    return text.replace("%", "%%")

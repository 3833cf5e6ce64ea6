"""Which file is meant, and what it says."""

import shlex
from pathlib import Path

from groundplan.cli.session import Session
from groundplan.errors import Finding, SpecError
from groundplan.spec.load import Source, load
from groundplan.spec.rules import Rule

DEFAULT = "platform.yaml"


def read(session: Session, file: str | None, environment: str | None) -> Source:
    """The file that was named (or ./platform.yaml), loaded. SpecError when it is wrong."""
    path = path_of(file)
    source = load(path, environment)
    session.screen.detail(
        f"read {path}, environment {source.environment or 'none: the file as it stands'}"
    )
    return source


def path_of(file: str | None) -> Path:
    """The platform file: as named, the one in the named folder, or the one in this folder."""
    path = Path(file or DEFAULT)
    if path.is_dir():
        path = path / DEFAULT
    if file is None and not path.exists():
        raise SpecError([_missing(path)])
    return path


def again(verb: str, file: str | None, environment: str | None) -> str:
    """The command that does `verb` to the same platform, ready to be typed."""
    named = (file,) if file else ()
    chosen = ("--env", environment) if environment else ()
    return shlex.join(("groundplan", *verb.split(), *named, *chosen))


def _missing(path: Path) -> Finding:
    return Finding(
        rule=Rule.UNREADABLE,
        message=f"there is no {path} in this folder ({Path.cwd()})",
        why="groundplan reads the platform from that file when no other is named",
        try_="`groundplan init` writes a small one; or name yours, as in `groundplan check FILE`",
    )

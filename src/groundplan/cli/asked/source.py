"""Which file is meant, and what it says."""

import os
import shlex
from pathlib import Path

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.errors import Finding, SpecError
from groundplan.spec.load import Source, load
from groundplan.spec.reading import STANDARD_INPUT
from groundplan.spec.rules import Rule

DEFAULT = "platform.yaml"


def read(
    session: Session, file: str | None, environment: str | None, *, may_stream: bool = False
) -> Source:
    """The file that was named (or ./platform.yaml), loaded. SpecError when it is wrong.

    `may_stream`: `-` is the standard input, for a verb that needs the file once only.
    """
    path = path_of(file)
    if path == STANDARD_INPUT and not may_stream:
        raise Mistake(
            "only `check` reads the standard input",
            try_="save it as a file: what is built and remembered belongs to a file",
        )
    source = load(path, environment)
    session.screen.detail(
        f"read {path}, environment {source.environment or 'none: the file as it stands'}"
    )
    return source


def path_of(file: str | None) -> Path:
    """The platform file: as named, the one in the named folder, or the one in this folder."""
    path = Path(file or DEFAULT)
    if os.path.isdir(path):  # false, too, for what cannot be asked: then the reader says why
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


def environments(session: Session, file: str | None, first: Source) -> tuple[Source, ...]:
    """The file as each of its environments changes it; as it stands when it has none."""
    names = tuple(first.platform.environments)
    if not names:
        return (first,)
    return tuple(
        first if name == first.environment else read(session, file, name) for name in names
    )

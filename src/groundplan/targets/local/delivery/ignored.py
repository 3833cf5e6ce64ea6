"""Which files of a directory stay behind: `.groundplanignore`, in the way of `.gitignore`.

A line is a pattern: `*`, `?`, `[a-z]` and `**`; with a slash within it begins at the directory,
with one at the end it is a folder; `!` takes back what an earlier line left out; `#` begins a
remark.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from groundplan.errors import TargetError

IGNORE_FILE = ".groundplanignore"
# What nothing runs from. `.gitignore` is not asked: what is built is often in it, and is run.
ALWAYS = (
    ".git",
    ".hg",
    ".svn",
    "__pycache__",
    "*.pyc",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".DS_Store",
    "*.swp",
    ".#*",
)
LINES_MAX = 1000


@dataclass(frozen=True, slots=True)
class _Pattern:
    matches: re.Pattern[str]
    only_folders: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """The patterns of a directory, and folders that are left out wherever they are."""

    root: Path
    patterns: tuple[_Pattern, ...]
    apart: tuple[Path, ...] = ()

    @classmethod
    def of(cls, root: Path, *, apart: tuple[Path, ...] = ()) -> "Ignored":
        """Those that it says itself, behind what is always left out."""
        written = root / IGNORE_FILE
        own: list[str] = []
        if written.is_file():
            own = written.read_text(errors="replace").splitlines()
        if len(own) > LINES_MAX:
            raise TargetError(
                part="release",
                doing=f"reading {written}",
                why=f"it has more than {LINES_MAX} lines",
                try_="name folders in place of files",
            )
        lines = (line.rstrip() for line in (*ALWAYS, *own))
        patterns = tuple(_pattern(line) for line in lines if line and not line.startswith("#"))
        return cls(root, patterns, apart)

    def leaves_out(self, path: Path, *, is_folder: bool) -> bool:
        """The last pattern that fits says. What is below a folder that is left out is not asked."""
        if is_folder and self.root / path in self.apart:
            return True
        text, found = path.as_posix(), False
        for pattern in self.patterns:
            if (is_folder or not pattern.only_folders) and pattern.matches.fullmatch(text):
                found = not pattern.takes_back
        return found


def _pattern(line: str) -> _Pattern:
    takes_back = line.startswith("!")
    body = line[1:] if takes_back else line
    only_folders = body.endswith("/")
    body = body.rstrip("/")
    begins_here = "/" in body
    middle = _expression(body.lstrip("/"))
    return _Pattern(
        re.compile(middle if begins_here else f"(?:.*/)?{middle}", re.DOTALL),
        only_folders,
        takes_back,
    )


def _expression(body: str) -> str:
    """Piece by piece; what is no pattern stands for itself."""
    pieces = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?|\[[^]/]+\])", body)
    known = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(_piece(piece, known) for piece in pieces)


def _piece(piece: str, known: dict[str, str]) -> str:
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inside = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
        inside = "^" + inside[1:] if inside.startswith("!") else inside
        try:
            re.compile(f"[{inside}]")
        except re.error:
            return re.escape(piece)
        return f"[{inside}]"
    return known.get(piece, re.escape(piece))

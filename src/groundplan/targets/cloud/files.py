"""A rendered file, and the line at its top that says where it comes from."""

from dataclasses import dataclass

COMMENT = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of the tree; `path` is relative to its root, with slashes.

    `environment`: the one that it is for, None for all. `is_kept`: only its first content is ours;
    a release rewrites it, so it is never overwritten and never compared. `reads`: files of the
    repository, from its top, that are the team's own and that it does not work without.
    """

    path: str
    text: str
    environment: str | None = None
    is_kept: bool = False
    reads: tuple[str, ...] = ()


def header(*sections: str, more: str = "", comment: str = COMMENT) -> str:
    """The first lines of a file: the sections of the platform file that it comes from."""
    lines = [
        f"From {', '.join(sections)} of the platform file.",
        more
        or "Rendered by groundplan, which overwrites edits: change that file and render again.",
    ]
    return "".join(f"{comment} {line}\n" for line in lines)

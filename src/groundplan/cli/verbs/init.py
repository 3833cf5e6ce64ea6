"""`groundplan init [DIR]`: a platform file to start from."""

import difflib
import shutil
from pathlib import Path

import click

import groundplan
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import Verb, Word
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import DEFAULT

STARTER = Path(__file__).parent / "starter"
# Not in the installed package: a checkout has them beside src/.
EXAMPLES = Path(groundplan.__file__).parents[2] / "examples"
_LEAVE_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")


@click.command(
    "init",
    cls=Verb,
    examples=(
        ("groundplan init", "write ./platform.yaml and the page that it serves"),
        ("groundplan init shop && groundplan up shop", "a new folder, then its platform"),
        ("groundplan init --example mvlbim big", "a whole example, from a checkout"),
    ),
)
@click.argument(
    "folder",
    cls=Word,
    told="Where to write; made if it is not there.  [default: this folder]",
    metavar="[DIR]",
    default=".",
    type=click.Path(path_type=Path),
)
@click.option("--example", metavar="NAME", help="Copy a whole example instead (in a checkout).")
@click.pass_obj
def verb(session: Session, /, folder: Path, example: str | None) -> None:
    """Write a small platform.yaml (and what it runs) into DIR.

    Never overwrites anything.
    """
    source = _example(example) if example else STARTER
    there = [path.name for path in sorted(source.iterdir()) if (folder / path.name).exists()]
    if there:
        raise Mistake(
            f"{folder / there[0]} is there already, and init never overwrites",
            try_="groundplan init DIR, with a folder that has none",
        )
    shutil.copytree(source, folder, ignore=_LEAVE_OUT, dirs_exist_ok=True)
    session.screen.data(f"Wrote {folder / DEFAULT}")
    where = "" if folder == Path() else f" {folder}"
    session.screen.note(
        f"\n  is it right?    groundplan check{where}"
        f"\n  run it          groundplan up{where}"
        f"\n  all keys        groundplan schema"
    )


def _example(name: str) -> Path:
    """The folder of an example; a usage error with the ones there are."""
    names = sorted(
        path.parent.name for path in EXAMPLES.glob(f"*/{DEFAULT}") if path.parent.is_dir()
    )
    if not names:
        raise Mistake(
            "the examples are not in the installed package",
            try_="the same in a checkout of groundplan, or `groundplan init` without --example",
        )
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        raise Mistake(f"there is no example '{name}'{hint}", try_=f"one of {', '.join(names)}")
    return EXAMPLES / name

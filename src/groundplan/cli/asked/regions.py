"""The regions that --regions names."""

from groundplan.cli.asked.mistake import Mistake
from groundplan.design.regions import Chosen


def regions_named(text: str | None) -> Chosen:
    """A number, `all`, names with commas between, or None when nothing was said."""
    if text is None:
        return None
    if text == "all":
        return "all"
    if text.isdecimal():
        if int(text) == 0:
            raise _wrong("a platform runs in one region at least")
        return int(text)
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise _wrong(f"'{text}' names an empty region")
    return names


def _wrong(why: str) -> Mistake:
    return Mistake(f"--regions: {why}", try_="--regions 3, all or us-east-1,eu-west-1")

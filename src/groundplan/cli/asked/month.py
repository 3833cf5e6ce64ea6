"""What a month of the platform costs in the cloud: by its file, and as it was built here last."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from groundplan.checks.cost import Kind, Scale, estimate
from groundplan.checks.subject import Subject
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.terminal.words import amount, counted
from groundplan.errors import SpecError
from groundplan.spec.load import Source

FILE = "month.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The capacity at normal scale. `unpriced`: lines without a price, which are not zero."""

    usd: float
    unpriced: int


def month(subject: Subject) -> Month:
    """Of a file."""
    source = subject.source
    costs = estimate(
        source.platform, subject.facts, scale=Scale.NORMAL, environment=source.environment
    )
    return Month(usd=float(costs.of(Kind.CAPACITY)), unpriced=len(costs.unknown))


def month_of(source: Source) -> Month | None:
    """The same; None when a table beside the file is wrong, which is for `check` to tell."""
    try:
        return month(subject_of(source))
    except SpecError:
        return None


def keep(built: Month | None, folder: Path) -> None:
    """Remembers what was built, for the next plan."""
    if built and folder.is_dir():
        (folder / FILE).write_text(json.dumps(asdict(built)), encoding="utf-8")


def kept(folder: Path) -> Month | None:
    """What was built last, if it is known."""
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Month(usd=float(data["usd"]), unpriced=int(data["unpriced"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def change(old: Month, new: Month) -> str:
    """capacity $7,026 -> $7,400 a month (+$374)"""
    difference = round(new.usd - old.usd)
    sign = "+" if difference >= 0 else "-"
    return (
        f"capacity {_dollars(old.usd)} -> {_dollars(new.usd)} a month "
        f"({sign}{_dollars(abs(difference))}){_caveat(max(old.unpriced, new.unpriced))}"
    )


def told(old: Month | None, new: Month) -> str:
    """What a plan says: the difference, or the sum alone when nothing was built before."""
    if old:
        return f"In the cloud: {change(old, new)}."
    return f"In the cloud: capacity {_dollars(new.usd)} a month{_caveat(new.unpriced)}."


def _dollars(usd: float) -> str:
    return amount(round(usd), "USD")


def _caveat(unpriced: int) -> str:
    if not unpriced:
        return ""
    return f" ({counted(unpriced, 'line')} without a price)"

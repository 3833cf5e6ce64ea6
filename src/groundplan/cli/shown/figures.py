"""`groundplan rollout figures`: how often and how well releases reach everybody."""

import json
from dataclasses import asdict

from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.terminal.screen import Screen
from groundplan.cli.terminal.table import table
from groundplan.cli.terminal.words import lasted
from groundplan.operations.delivery.figures import Figures

_UNKNOWN = "unknown"


def shown(found: Figures, screen: Screen, output: str) -> str:
    """The four figures of DORA, each with what it was counted from."""
    if output == "json":
        return json.dumps({"format_version": FORMAT_VERSION, **asdict(found)}, indent=1)
    rate = _UNKNOWN if found.failure_rate is None else f"{found.failure_rate:.0%}"
    rows = [
        ("figure", "value", "counted from"),
        (
            "deployment frequency",
            f"{found.per_week:.1f} a week",
            f"{found.reached_everybody} of {found.releases} releases in {found.days:g} days",
        ),
        (
            "lead time for changes",
            _time(found.lead_seconds),
            f"median; {found.lead_from_commit} from the commit, the others from the request",
        ),
        ("change failure rate", rate, f"{found.failed} taken back, {found.undone} undone"),
        ("time to restore", _time(found.restore_seconds), "median of those"),
    ]
    return table(rows, screen, indent=0)


def _time(seconds: float | None) -> str:
    return _UNKNOWN if seconds is None else lasted(seconds)

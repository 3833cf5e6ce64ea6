"""Where records are in a platform's folder, and how its parts' output is named."""

from pathlib import Path

LOGS = "records/logs"
LAKE = "records/lake"
TRACES = "records/traces"
SPOOL = "records/spool"  # logs that somebody has still to take, a folder for each
OUTPUT = "logs"  # what the parts write, as the supervisor keeps it
COLLECTOR = "collector.json"  # how the collector is: when its last round ended, and its troubles


def logs_of(folder: Path) -> Path:
    """The store of a platform's logs."""
    return folder / LOGS


def lake_of(folder: Path) -> Path:
    """The store of a platform's data lake."""
    return folder / LAKE


def traces_of(folder: Path) -> Path:
    """The store of a platform's traces."""
    return folder / TRACES


def spool_of(folder: Path, taker: str) -> Path:
    """What waits for one who takes logs."""
    return folder / SPOOL / taker

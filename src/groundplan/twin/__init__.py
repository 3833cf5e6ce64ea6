"""A target of arithmetic: the same ports as the real one, on a clock that only we move."""

from groundplan.twin.archive import TwinArchive, TwinCopies, TwinPlace, TwinRecords
from groundplan.twin.databases import TwinDatabases, TwinServer
from groundplan.twin.fleets import TwinFleets
from groundplan.twin.journal import TwinJournal, killed_at_every_step

__all__ = [
    "TwinArchive",
    "TwinCopies",
    "TwinDatabases",
    "TwinFleets",
    "TwinJournal",
    "TwinPlace",
    "TwinRecords",
    "TwinServer",
    "killed_at_every_step",
]

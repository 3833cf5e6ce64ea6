"""What operations may ask of the PostgreSQL servers of a platform, and have done to them.

Every effect is harmless when it is done twice. Log positions are bytes from the log's beginning.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who is the primary. Each change counts the term up; term 0 is the design's own."""

    name: str
    term: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One server at one look. What it did not tell within the bound is as if it were not."""

    name: str
    region: str
    answers: bool
    why: str = ""  # it does not answer
    is_fenced: bool = False  # it was the primary, and does not start until it is a replica
    is_primary: bool = False
    received: int = 0  # what a primary wrote, what a replica has of it
    replayed: int = 0
    timeline: int = 0
    follows: str = ""  # whom a replica streams from
    heard_seconds_ago: float | None = None  # since a replica got anything from its primary
    caught_up_to: float | None = None  # when its last replayed commit was made; a primary's is now
    followers: tuple[str, ...] = ()  # who streams from a primary
    synchronous: tuple[str, ...] = ()  # of whom any one must confirm a primary's commits
    acknowledged: bool = False  # a write was confirmed by a primary within the bound
    takes_guests: bool = True  # a new connection was greeted within the bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """Whether a region's servers can be reached from one place."""

    place: str  # a region, or "here"
    reached: tuple[str, ...]


class Databases(Protocol):
    """The servers of one platform."""

    def names(self) -> tuple[str, ...]:
        """Every server of the design, in its order."""

    def region_of(self, name: str) -> str:
        """The region that a server stands in."""

    def claim(self) -> Claim:
        """Who is, or is to be, the primary."""

    def look(self) -> tuple[Sight, ...]:
        """Every server now, all asked at the same time, within half a second."""

    def reach(self, region: str) -> tuple[Vantage, ...]:
        """Which servers of a region can be reached from every other region, and from here."""

    def name_primary(self, claim: Claim) -> None:
        """From here on nobody else can start as the primary."""

    def fence(self, name: str) -> None:
        """Ends a server for certain. When it returns the server acknowledges nothing any more."""

    def shut_down(self, name: str) -> int:
        """Stops a server in order, its replicas served to the end; the log's end."""

    def start(self, name: str) -> None:
        """Starts a server that was stopped, and waits until it answers."""

    def promote(self, name: str) -> None:
        """Makes a replica the primary, with a slot for each other server."""

    def follow(self, name: str, primary: str) -> None:
        """Makes a running replica stream from another server."""

    def rejoin(self, name: str) -> str:
        """Brings a stopped server back as a replica of the primary: "rewound" or "rebuilt"."""

    def confirm_by(self, primary: str, names: tuple[str, ...]) -> None:
        """Lets the primary's commits wait for any one of these; for nobody when there is none."""

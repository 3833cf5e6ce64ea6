"""How far each serving region is from the database: the writer, and the nearest copy to read."""

from dataclasses import dataclass

from groundplan.checks.facts import RegionFacts
from groundplan.checks.numbers.distance import (
    FIBRE_KM_PER_SECOND,
    TYPICAL_PATH,
    great_circle_km,
    round_trip_seconds,
)
from groundplan.checks.proofs.proof import Argument
from groundplan.checks.reading import home, primaries
from groundplan.checks.subject import Subject
from groundplan.spec.platform import Platform

PATH_MAX = 1.6  # the longest measured paths, over the straight way


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A region that serves. Round trips are those of light on the straight way, in seconds."""

    region: str
    path: str
    nearest: str  # the region whose database answers reads
    read_trip: float = 0.0
    write_trip: float = 0.0

    @property
    def is_far(self) -> bool:
        """Whether the writer is in another region."""
        return self.write_trip > 0


def sites(subject: Subject) -> tuple[Site, ...] | None:
    """The serving regions; None when the place of one is in no table."""
    platform = subject.platform
    serving, writer = primaries(platform), home(platform)
    copies = (writer, *_replicas(platform))
    if len(serving) == 1 or platform.primary_database is None:
        return tuple(Site(region=name, path=path, nearest=name) for name, path in serving.items())
    places = {name: subject.facts.region(name) for name in (*serving, *copies)}
    known = {name: row for name, row in places.items() if row is not None}
    if len(known) < len(places):
        return None
    found = []
    for name, path in serving.items():
        trips = {copy: _trip(known[name], known[copy]) for copy in copies}
        nearest = min(copies, key=trips.__getitem__)
        found.append(
            Site(
                region=name,
                path=path,
                nearest=nearest,
                read_trip=trips[nearest],
                write_trip=trips[writer],
            )
        )
    return tuple(found)


def shown_sites(told: Argument, known: tuple[Site, ...]) -> Argument:
    """The lines of every region that is far from the writer."""
    subject, writer = told.subject, home(told.subject.platform)
    far = [site for site in known if site.is_far]
    for site in far:
        row, there = subject.facts.region(site.region), subject.facts.region(writer)
        if row is None or there is None:
            continue
        km = great_circle_km(row.position, there.position)
        told = told.written("serves", site.region, site.path).known(
            "its place", f"{row.latitude:g}, {row.longitude:g}", row.fact
        )
        told = told.computed(
            f"light to the writer in {writer} and back",
            f"{site.write_trip * 1000:.0f} ms",
            f"2 x {km:,.0f} km / {FIBRE_KM_PER_SECOND:,.0f} km/s",
        )
        if site.nearest != writer:
            label = f"to the nearest copy, in {site.nearest}, and back"
            told = told.computed(label, f"{site.read_trip * 1000:.0f} ms", "the same way")
    if far:
        told = told.assumed("cables", f"{TYPICAL_PATH:g} times the straight way, 1 to {PATH_MAX:g}")
        told = told.assumed("requests of a region", f"1/{len(known)}, half to twice as many")
        told = told.figures("write_share")
    return told


def _trip(here: RegionFacts, there: RegionFacts) -> float:
    return round_trip_seconds(great_circle_km(here.position, there.position))


def _replicas(platform: Platform) -> tuple[str, ...]:
    database = platform.primary_database
    replicas = database.read_replicas if database else None
    return replicas.regions if replicas and replicas.count else ()

"""Rules of where things are: regions that exist, are used, and have the zones that are named."""

import re
from collections.abc import Iterator

from groundplan.checks.reading import home, listed, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

REPLICAS = "primary_database.read_replicas"
ZONES = "spot_instances.diversification.availability_zones"
# Keys that tell a replica where it is; PRIMARY_REGION and S3_REGION may be the same everywhere.
WHERE_IT_IS = r"((aws|default|cloud|app|service|cluster)_)*(region|zone|availability_zone|az)"


def _zones(platform: Platform) -> tuple[str, ...]:
    spot = platform.spot_instances
    return spot.diversification.availability_zones if spot else ()


def _region_of(zone: str) -> str:
    """The region that a zone's name begins with: "us-east-1" of "us-east-1a"."""
    return re.sub(r"(?<=\d)[a-z]$", "", zone)


@rule(
    "REG001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="What runs in a region must run in one of the platform's regions, and each of those"
    " must have something in it.",
    why="nothing serves, watches or recovers a region that the platform does not have; one without"
    " anything in it serves nobody",
    source="the file against itself",
)
def regions_are_the_platforms_own(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    known, database = region_paths(platform), platform.primary_database
    replicas = database.read_replicas.regions if database and database.read_replicas else ()
    used = [(name, f"{REPLICAS}.regions.{number}") for number, name in enumerate(replicas)]
    used += [(_region_of(zone), f"{ZONES}.{index}") for index, zone in enumerate(_zones(platform))]
    empty = [name for name in known if name not in {home(platform), *(name for name, _ in used)}]
    unused = f", while there is no database in {listed(empty)}" if empty else ""
    told = set()
    for name, path in used:
        if name in known or name in told:
            continue
        told.add(name)
        yield Problem(
            path=path,
            also=("regions", *(known[region] for region in empty)),
            message=f"{name} is used and is none of the {len(known)} regions of this platform"
            + unused,
            try_=f"write {empty[0]} instead, or add {name} to regions"
            if empty
            else f"add {name} to regions, or remove it here",
        )
    if database and not (platform.services or platform.cache_layer):
        for name in empty:
            yield Problem(
                path=known[name],
                also=(f"{REPLICAS}.regions" if replicas else "primary_database",),
                message=f"{name} is 1 of {len(known)} regions, and nothing is in it",
                try_=f"add it to {REPLICAS}.regions, or remove it from regions",
            )


@rule(
    "REG002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="What every region gets must not say one region.",
    why="all other regions run with the first one's name: wrong endpoints, wrong labels, no nodes",
    source="the file against itself",
)
def nothing_is_fixed_to_one_region(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    known = region_paths(platform)
    if len(known) < 2:
        return
    for path, key, value in _settings(platform):
        tells_place = re.fullmatch(WHERE_IT_IS, key, re.IGNORECASE)
        name = next((name for name in known if value == name or _region_of(value) == name), None)
        if name is None or not tells_place:
            continue
        yield Problem(
            path=path,
            also=("regions",),
            message=f"each of {len(known)} regions is told that it is {value}",
            try_='leave it to the place: "{region}"',
        )
    named = {_region_of(zone) for zone in _zones(platform)} & set(known)
    if len(named) == 1:
        yield Problem(
            path=ZONES,
            also=("regions",),
            message=f"the {len(_zones(platform))} zones are all of {next(iter(named))}: in"
            f" {len(known) - 1} of {len(known)} regions no spot machine can run",
            try_="name zones of each region, or leave availability_zones out for all of them",
        )


def _settings(platform: Platform) -> Iterator[tuple[str, str, str]]:
    """What replicas of services are given: path, key and value."""
    for service, wanted in platform.services.items():
        for part, values in (("config", wanted.config), ("env", wanted.env)):
            for key, value in values.items():
                if isinstance(value, str):
                    yield f"services.{service}.{part}.{key}", key, value


@rule(
    "REG003",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A zone that is named must exist, also where its letter is used for other regions.",
    why="regions have other letters: a, b, c in Virginia are a, b, d in Montreal",
    source="AWS, regions and availability zones",
)
def zones_exist(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    known, zones = region_paths(platform), _zones(platform)
    for index, zone in enumerate(zones):
        there = subject.facts.region(_region_of(zone))
        if there and zone not in there.zones:
            yield Problem(
                path=f"{ZONES}.{index}",
                also=(known.get(there.name, "regions"),),
                message=f"{zone} is none of the {len(there.zones)} zones of {there.name}:"
                f" {listed(there.zones)}",
                try_=f"write {there.zones[0]}",
                facts=(str(there.fact),),
            )
    named = {_region_of(zone) for zone in zones}
    letters = {zone[-1] for zone in zones if zone[-1].isalpha()}
    others = [subject.facts.region(name) for name in known if name not in named]
    rows = [row for row in others if row and row.provider == "aws"]
    lacking = {row.name: row for row in rows if letters - {zone[-1] for zone in row.zones}}
    if lacking:
        examples = "; ".join(f"{name} has {listed(r.zones)}" for name, r in lacking.items())
        yield Problem(
            path=ZONES,
            also=tuple(known[name] for name in lacking),
            message=f"the letters {listed(sorted(letters))} do not exist in {len(lacking)} of"
            f" {len(known)} regions: {examples}",
            try_="name zones of each region, or leave availability_zones out for all of them",
            facts=tuple(str(row.fact) for row in lacking.values()),
        )


@rule(
    "REG004",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="The number of replicas must be a multiple of the regions that they are in.",
    why="one region would have more than the other, and nobody said which",
    source="the file against itself",
)
def replicas_spread_evenly(subject: Subject) -> Iterator[Problem]:
    database = subject.platform.primary_database
    replicas = database.read_replicas if database else None
    if replicas is None or not replicas.regions or replicas.count % len(replicas.regions) == 0:
        return
    places = len(replicas.regions)
    yield Problem(
        path=f"{REPLICAS}.count",
        also=(f"{REPLICAS}.regions",),
        message=f"{replicas.count} replicas do not divide into {places} regions",
        try_=f"write count: {places * max(1, round(replicas.count / places))}",
    )

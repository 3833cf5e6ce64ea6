"""Rules of names and notations: the provider's words, one notation, no placeholders, one name."""

import re
from collections.abc import Collection, Iterator
from itertools import chain

from groundplan.checks.facts.tables import INSTANCES, REGIONS
from groundplan.checks.reading import listed, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.guess import close_to
from groundplan.spec.platform import Platform
from groundplan.units import Bytes, Count, Percent

PLACEHOLDER = re.compile(
    r"\.\.\.|…|\$\{(?!\{)[^}]*\}|<[a-z][\w -]*>|\b(?:TODO|TBD|FIXME|CHANGE_?ME|XXX+)\b",
    re.IGNORECASE,
)
PROSE = ("pipeline.", "implementation_timeline.", "disaster_recovery.", "cost_monitoring.")
UNDECIDED = re.compile(r"\bor\b", re.IGNORECASE)
SIDES = re.compile(r"deployment_strategy\.(blue|green)_environment\.version")
SLIP = 0.85  # how alike two names are of which one was probably meant to be the other
ROLES = ("current", "new", "next", "old")
NOTATIONS: tuple[tuple[type[Percent | Count | Bytes], str, str, str, str], ...] = (
    (Percent, "percentages", r"%", "with %", "as bare numbers"),
    (Count, "large numbers", r",|^\d{1,3}$", "with commas", "without"),
    (Bytes, "amounts of data", r"i", "in powers of 1,024", "in powers of 1,000"),
)


def _is_on_aws(platform: Platform) -> bool:
    return platform.providers is None or "aws" in platform.providers.primary.casefold()


def _sizes(subject: Subject) -> Iterator[tuple[str, str]]:
    """Every size of machine that the file names, with its key."""
    wanted = re.compile(r"\.(instance_class|node_type|instance_type|instance_types\.\d+)$")
    for path, value in subject.leaves:
        if isinstance(value, str) and wanted.search(f".{path}"):
            yield path, value


@rule(
    "REG005",
    severity=Severity.LOW,
    nature=Nature.CONTRADICTION,
    statement="Engines and sizes must have the names that the provider's interface takes.",
    why="the provider refuses what it does not know, and no table here can prove anything about it",
    source="RDS and OpenSearch Service API references",
)
def names_are_the_providers(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    if not _is_on_aws(platform):
        return
    database = platform.primary_database
    alias = subject.facts.deprecation("engine-name", database.engine) if database else None
    if database and alias:
        yield Problem(
            path="primary_database.engine",
            also=("primary_database.version",),
            message=f"RDS calls {database.engine} {database.version} {alias.instead}",
            try_=f"write engine: {alias.instead}",
            facts=(str(alias.fact),),
        )
    yield from _unknown_regions(subject)
    sizes = subject.facts.names(INSTANCES)
    where = "providers.primary" if platform.providers else "platform"
    for path, name in _sizes(subject):
        head, _, ending = name.rpartition(".")
        old = subject.facts.deprecation("instance-suffix", ending)
        if old:
            yield Problem(
                path=path,
                also=(where,),
                message=f"{name} has the ending that was used before {old.since}",
                try_=f"write {head}.{old.instead}",
                facts=(str(old.fact),),
            )
        elif subject.facts.instance(name) is None:
            yield Problem(
                path=path,
                also=(where,),
                message=f"{name} is none of the {len(sizes)} sizes that are known here: nothing is"
                " proven of its capacity and price",
                try_=_correct(name, sizes, "instances"),
            )


def _unknown_regions(subject: Subject) -> Iterator[Problem]:
    """A file that names no provider may have regions of its own, which only this machine has; but
    hardly one that is called almost as a provider's."""
    known = subject.facts.names(REGIONS)
    has_provider = subject.platform.providers is not None
    for name, path in region_paths(subject.platform).items():
        is_slip = close_to(name, known, SLIP) is not None
        if subject.facts.region(name) is None and (has_provider or is_slip):
            yield Problem(
                path=path,
                also=("providers.primary" if has_provider else "platform",),
                message=f"{name} is none of the {len(known)} regions that are known here: nothing"
                " is proven of its distances, zones and laws",
                try_=_correct(name, known, "regions"),
            )


def _correct(name: str, known: Collection[str], table: str) -> str:
    close = close_to(name, known, SLIP)
    mend = f"write {close}, if you meant that" if close else "correct its name"
    return f"{mend}, or add it to facts/{table}.csv beside this file"


@rule(
    "REG006",
    severity=Severity.LOW,
    nature=Nature.CONTRADICTION,
    statement="A kind of quantity must be written in one notation.",
    why="who reads 95 beside 99.9% has to guess the unit, and 500GB are 7% less than 500GiB",
    source="the file against itself",
)
def quantities_have_one_notation(subject: Subject) -> Iterator[Problem]:
    written = subject.leaves
    for kind, name, pattern, first, second in NOTATIONS:
        values = [(path, value) for path, value in written if isinstance(value, kind)]
        one = [(path, str(value)) for path, value in values if re.search(pattern, str(value))]
        other = [(path, str(value)) for path, value in values if not re.search(pattern, str(value))]
        if not one or not other:
            continue
        rare, usual = (other, one) if len(other) <= len(one) else (one, other)
        yield Problem(
            path=rare[0][0],
            also=(usual[0][0],),
            message=f"{name} are written in two ways: {len(one)} {first} ({one[0][1]}),"
            f" {len(other)} {second} ({other[0][1]})",
            try_=f'write "{rare[0][1]}" the way "{usual[0][1]}" is written',
        )


@rule(
    "REG007",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="No value may be a placeholder or a choice that is still open.",
    why="what fills it in is not in the file: nothing that depends on it can be proven or built",
    source="the file against itself",
)
def nothing_is_left_open(subject: Subject) -> Iterator[Problem]:
    found = []
    for path, value in subject.leaves:
        if not isinstance(value, str) or path.startswith(PROSE):
            continue
        hole = PLACEHOLDER.search(value)
        if hole:
            found.append((path, value, f'a placeholder ("{hole[0]}")'))
        elif SIDES.fullmatch(path) and value in ROLES:
            found.append((path, value, "a role and no version"))
        elif path.startswith("technology_stack.") and UNDECIDED.search(value):
            found.append((path, value, "a choice that is still open"))
    for number, (path, value, what) in enumerate(found, 1):
        yield Problem(
            path=path,
            message=f'"{value}" is {what}, {number} of {len(found)} in this file',
            try_="write the value, or keep it as a secret and name that"
            if what.startswith("a p")
            else "decide, and write one",
        )


@rule(
    "REG008",
    severity=Severity.LOW,
    nature=Nature.CONTRADICTION,
    statement="A name must lead to one object of its kind: a service, a container.",
    why="one thing with two names is configured twice, and one of them is forgotten",
    source="the file against itself",
)
def names_lead_to_one_object(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    services = {name: service.container or name for name, service in platform.services.items()}
    if not services:
        return
    tracing, scaling = platform.jaeger, platform.autoscaling
    vertical = scaling.vertical_pod_autoscaler if scaling else None
    containers = (
        (f"autoscaling.vertical_pod_autoscaler.resource_policy.container_policies.{i}", p)
        for i, p in enumerate(vertical.resource_policy.container_policies if vertical else ())
    )
    traced = tracing.sampling.per_service_strategies if tracing else ()
    names = chain(
        (
            (f"{path}.container_name", policy.container_name, "container")
            for path, policy in containers
        ),
        (
            (f"jaeger.sampling.per_service_strategies.{i}.service", strategy.service, "service")
            for i, strategy in enumerate(traced)
        ),
    )
    for path, name, kind in names:
        known = tuple(services) if kind == "service" else tuple(services.values())
        if name in known:
            continue
        owner = next((f"services.{service}" for service in services if service == name), "services")
        yield Problem(
            path=path,
            also=(f"{owner}.container" if owner != "services" else owner,),
            message=f"{name} is the name of 0 {kind}s; there is {listed(known)}"
            + (f", the container of the service {name}" if owner != "services" else ""),
            try_=f"write {known[0]}" if len(known) == 1 else f"write one of {', '.join(known)}",
        )

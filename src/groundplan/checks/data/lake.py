"""Rules of the data lake: its files, its buckets, how both grow old."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from groundplan.checks.reading import counted, listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.lake import DataLake, LifecyclePolicy

POLICIES = "data_lake.lifecycle_policies"
HOURS = {"year": 8_766, "month": 730.5, "day": 24, "hour": 1}
STEPS = ("transition_to_ia", "transition_to_glacier", "expiration")
# An account's number, a hash, or a region in it keeps a name from being somebody else's.
UNIQUE = re.compile(r"\d{6,}|-[0-9a-f]{6,}$|(?:us|eu|ap|ca|sa|me|af|il|mx)-[a-z]+-\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """What happens to files after some days, and the key that says so."""

    name: str
    days: int
    path: str


@rule(
    "DAT003",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A partition must hold enough data for files of 128 MB to 1 GB.",
    why="queries spend their time opening small files, and each one is a request that is paid",
    source="Amazon Athena and Apache Parquet, performance tuning",
)
def partitions_fill_files(subject: Subject) -> Iterator[Problem]:
    lake, kpis = subject.platform.data_lake, subject.platform.kpis
    cut = lake.partitioning if lake else None
    throughput = kpis.scalability.data_throughput if kpis else None
    least, tables = subject.facts.limit("lake.file.bytes.min"), subject.figures.lake_tables
    if cut is None or throughput is None or throughput.of != "bytes" or least is None:
        return
    parts = cut.structure.split("/")
    hourly = throughput.per_second * 3600 / tables.value
    size = hourly * HOURS[parts[-1]]
    if size >= least.value or len(parts) == 1:
        return
    fitting = [n for n in range(1, len(parts)) if hourly * HOURS[parts[n - 1]] >= least.value]
    yield Problem(
        path="data_lake.partitioning.structure",
        also=("kpis.scalability.data_throughput",),
        message=f"{throughput} in {tables.value:g} tables is {size / 1e6:,.3g} MB for each"
        f" {parts[-1]} and table, and files should have {float(least.value) / 1e6:,.0f} MB or more",
        try_=f'write structure: "{"/".join(parts[: max(fitting, default=1)])}"',
        assumes=tables.assumes,
        facts=(str(least.fact),),
    )


@rule(
    "DAT004",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A lifecycle must be one rule for named buckets, with its days in order.",
    why="items without a bucket are separate rules for everything: files expire that were only to"
    " become cheaper",
    source="Amazon S3, lifecycle rules",
)
def lifecycle_is_one_ordered_rule(subject: Subject) -> Iterator[Problem]:
    lake = subject.platform.data_lake
    if lake is None:
        return
    policies = lake.lifecycle_policies
    loose = [number for number, policy in enumerate(policies) if not policy.buckets]
    if loose and len(policies) > 1:
        yield Problem(
            path=f"{POLICIES}.{loose[0]}",
            also=(*(f"{POLICIES}.{number}" for number in loose[1:]), "data_lake.buckets"),
            message=f"{len(loose)} of {len(policies)} items name no bucket"
            f" ({counted(len(lake.buckets), 'bucket')} there): which files each one is for is open",
            try_="make one item of those for the same files, and add buckets: [raw_data] to it",
        )
    for number, policy in enumerate(policies):
        strange = [name for name in policy.buckets if name not in lake.buckets]
        if strange:
            yield Problem(
                path=f"{POLICIES}.{number}.buckets",
                also=("data_lake.buckets",),
                message=f"{listed(strange)} is none of the buckets ({len(lake.buckets)}):"
                f" {listed(lake.buckets)}",
                try_=f"write one of {', '.join(lake.buckets)}"
                if lake.buckets
                else f"add {strange[0]} to data_lake.buckets",
            )
    lives = (_life(policies, bucket) for bucket in lake.buckets)
    for life in dict.fromkeys(lives):
        yield from _out_of_order(subject, life)


def _life(policies: tuple[LifecyclePolicy, ...], bucket: str) -> tuple[Age, ...]:
    """What happens to the files of a bucket, in the order of S3's classes."""
    found = {}
    for number, policy in enumerate(policies):
        if policy.buckets and bucket not in policy.buckets:
            continue
        for name in STEPS:
            days = getattr(policy, name)
            if days is not None:
                found[name] = Age(name=name, days=days, path=f"{POLICIES}.{number}.{name}")
    return tuple(found[name] for name in STEPS if name in found)


def _out_of_order(subject: Subject, life: tuple[Age, ...]) -> Iterator[Problem]:
    first, gap = (
        subject.facts.limit(key) for key in ("s3.transition.ia.min", "s3.lifecycle.gap.min")
    )
    if first and life and life[0].name == STEPS[0] and life[0].days < first.value:
        yield Problem(
            path=life[0].path,
            also=("data_lake.buckets",),
            message=f"files cannot become cheaper after {life[0].days} days, only after"
            f" {first.value} or more",
            try_=f"write transition_to_ia: {first.value}",
            facts=(str(first.fact),),
        )
    for before, after in pairwise(life):
        is_cold = after.name == "transition_to_glacier"
        least = before.days + (int(gap.value) if gap and is_cold else 1)
        if after.days < least:
            yield Problem(
                path=after.path,
                also=(before.path,),
                message=f"{after.name} after {after.days} days comes too early for {before.name}"
                f" after {before.days}: {least} or more",
                try_=f"write {after.name}: {least}",
                facts=(str(gap.fact),) if gap and is_cold else (),
            )


@rule(
    "DAT005",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Buckets must have names that nobody else has, versions, encryption and a copy.",
    why="a bucket's name is unique in the world: a name that is taken stops the building; one wrong"
    " delete or one lost region ends years of data",
    source="Amazon S3 naming rules; Checkov CKV_AWS_21 and CKV_AWS_144",
)
def buckets_are_safe(subject: Subject) -> Iterator[Problem]:
    lake = subject.platform.data_lake
    if lake is None:
        return
    plain = {key: name for key, name in lake.buckets.items() if not UNIQUE.search(name)}
    if plain:
        yield Problem(
            path="data_lake.buckets",
            also=tuple(f"data_lake.buckets.{key}" for key in plain),
            message=f"{len(plain)} of {len(lake.buckets)} names may be taken by somebody else:"
            f" {listed(plain.values())}",
            try_=f"add the account or the region: {next(iter(plain.values()))}-123456789012",
        )
    missing = list(_missing(subject, lake))
    if missing:
        yield Problem(
            path="data_lake",
            also=("data_lake.buckets",),
            message=f"{counted(len(lake.buckets), 'bucket')} with {3 - len(missing)} of 3"
            f" protections: no {listed(name for name, _ in missing)}",
            try_=f"add to data_lake: {', '.join(edit for _, edit in missing)}",
        )


def _missing(subject: Subject, lake: DataLake) -> Iterator[tuple[str, str]]:
    recovery = subject.platform.disaster_recovery
    if not lake.versioning:
        yield "versioning", "versioning: true"
    if not lake.encryption:
        yield "encryption", 'encryption: "aws:kms"'
    if not lake.replication_region and not (recovery and "data_lake" in recovery.stores):
        yield "replication", "replication_region"

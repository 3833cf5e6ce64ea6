"""Rules of where copies are: in another region, in another account, for every store."""

from collections.abc import Iterator

from groundplan.checks.reading import counted, home, listed, partner, products, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.design.disasters import disasters
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform
from groundplan.spec.recovery import Store
from groundplan.spec.services import SecretRef

STORES = "disaster_recovery.stores"
STATE = "terraform.backend.s3"
CONFIGURATION = "backup.configuration"
REGISTRY = r"registry"
SECRETS = r"secret|vault|certificate"
TOOLS: dict[Store, str] = {"registry": REGISTRY, "secrets": SECRETS}


def _secrets(platform: Platform) -> Iterator[tuple[str, str]]:
    """Where secrets are: products that hold them, and services that are given them."""
    yield from products(platform, SECRETS)
    for name, service in platform.services.items():
        for variable, value in service.env.items():
            if isinstance(value, SecretRef):
                yield value.secret, f"services.{name}.env.{variable}"


def _stores(platform: Platform) -> Iterator[tuple[Store, str]]:
    """What holds something besides the primary database, with its key. A cache does not."""
    cache, lake, logging = platform.cache_layer, platform.data_lake, platform.logging
    if cache and cache.role != "cache":
        yield "cache_layer", "cache_layer"
    if lake and lake.replication_region is None:
        yield "data_lake", "data_lake"
    if logging and logging.elasticsearch:
        yield "logging", "logging.elasticsearch"
    if platform.prometheus:
        yield "prometheus", "prometheus"
    for _, path in products(platform, REGISTRY):
        yield "registry", path
    has_copy = platform.backup and platform.backup.configuration
    if not (has_copy and has_copy.secrets):
        yield from (("secrets", path) for _, path in _secrets(platform))
    backend = platform.terraform.backend if platform.terraform else None
    if backend and backend.s3.region == home(platform) and backend.s3.replica_region is None:
        yield "terraform", STATE


@rule(
    "REC011",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="Every store must say how it comes back: copied to other regions, restored, built"
    " again, or given up.",
    why="the database comes back alone, and the platform waits for stores that nobody thought of",
    source="AWS Well-Architected REL09-BP01",
)
def every_store_comes_back(subject: Subject) -> Iterator[Problem]:
    recovery = subject.platform.disaster_recovery
    if recovery is None:
        return
    found: dict[str, str] = {}
    for store, path in _stores(subject.platform):
        if store not in recovery.stores:
            found.setdefault(store, path)
    if not found:
        return
    count = f"{len(found)} stores do" if len(found) > 1 else "1 store does"
    yield Problem(
        path="disaster_recovery",
        also=tuple(found.values()),
        message=f"everything is to be back in {recovery.rto}, and {count} not say how:"
        f" {listed(found)}",
        try_=f"add {STORES}.{next(iter(found))}: {{recovery: replicate, regions: [...]}}, or"
        " recovery: backup, rebuild or accept-loss",
    )


@rule(
    "REC012",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="What a recovery is done with must not be only in the region that is lost.",
    why="without state, images and secrets nobody can build anything in the other region",
    source="AWS whitepaper, Static Stability Using Availability Zones",
)
def tools_survive_the_region(subject: Subject) -> Iterator[Problem]:
    platform, here = subject.platform, home(subject.platform)
    others = [name for name in region_paths(platform) if name != here]
    if platform.disaster_recovery is None or not others:
        return
    backend = platform.terraform.backend if platform.terraform else None
    state = {backend.s3.region, backend.s3.replica_region or here} if backend else set()
    unnamed = dict(_unnamed_tools(platform))
    where = f"in {here}, 1 of {len(others) + 1} regions and the one that is recovered from"
    if state == {here} and not set(_regions_of(platform, "terraform")) - {here}:
        names = f"; no region is named for {listed(unnamed)}" if unnamed else ""
        yield Problem(
            path=f"{STATE}.region",
            also=(region_paths(platform)[here], *unnamed.values()),
            message=f"Terraform's state and lock are only {where}{names}",
            try_=f"add {STATE}.replica_region: {partner(platform) or others[0]}",
        )
    for store in TOOLS:
        if set(_regions_of(platform, store)) == {here}:
            yield Problem(
                path=f"{STORES}.{store}.regions",
                also=(region_paths(platform)[here],),
                message=f"the copies of {store} are only {where}",
                try_=f"write regions: [{partner(platform) or others[0]}]",
            )


def _regions_of(platform: Platform, store: Store) -> tuple[str, ...]:
    recovery = platform.disaster_recovery
    row = recovery.stores.get(store) if recovery else None
    return row.regions if row else ()


def _unnamed_tools(platform: Platform) -> Iterator[tuple[str, str]]:
    """Products that hold images or secrets, and nothing says in which regions."""
    for store, pattern in TOOLS.items():
        if not _regions_of(platform, store):
            yield from products(platform, pattern)


@rule(
    "REC018",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="A backup that goes to another region must name the region and the key that opens it"
    " there.",
    why="a key belongs to one region: a copy that cannot be opened elsewhere is no copy",
    source="Checkov CKV_AWS_245; AWS KMS, multi-Region keys",
)
def copies_name_region_and_key(subject: Subject) -> Iterator[Problem]:
    backup = subject.platform.backup
    made = (
        ("database", backup.database if backup else None),
        ("application_data", backup.application_data if backup else None),
    )
    for name, copies in made:
        if copies is None or not copies.cross_region:
            continue
        lacks_key = copies.encryption is not None and copies.kms_key is None
        missing = [*([] if copies.regions else ["regions"]), *(["kms_key"] if lacks_key else [])]
        if not missing:
            continue
        yield Problem(
            path=f"backup.{name}.cross_region",
            also=(f"backup.{name}.encryption", "regions"),
            message=f"copies go to another region, and the file names"
            f" {counted(len(copies.regions), 'region')}"
            + (f" and 0 keys for {copies.encryption} there" if lacks_key else ""),
            try_=f"add {' and '.join(missing)} to backup.{name}",
        )


@rule(
    "REC019",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Against a breach there must be a copy that the platform's own account cannot"
    " delete.",
    why="who has the account deletes the backups first",
    source="AWS Well-Architected SEC10; CIS Control 11.4",
)
def breach_leaves_a_copy(subject: Subject) -> Iterator[Problem]:
    backup = subject.platform.backup
    copies = backup.database if backup else None
    if copies is None or copies.immutable or copies.account:
        return
    for disaster in disasters(subject.platform):
        if disaster.kind != "breach":
            continue
        yield Problem(
            path=disaster.path,
            also=("backup.database",),
            message=f'"{disaster.scenario.name}" is planned for, and its backups of'
            f" {copies.retention} are neither locked nor in another account",
            try_="add backup.database.immutable: true",
        )


@rule(
    "REC025",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Secrets and certificates must be copied too: git holds the rest of the"
    " configuration.",
    why="a platform that is built again from git cannot open its own database",
    source="CIS Control 11",
)
def secrets_are_copied(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    copies = platform.backup.configuration if platform.backup else None
    recovery = platform.disaster_recovery
    if copies is None or copies.secrets or (recovery and "secrets" in recovery.stores):
        return
    kept = dict(_secrets(platform))
    if not kept:
        return
    where = f"in {copies.storage}" if copies.storage else f"copied {copies.frequency}"
    yield Problem(
        path=CONFIGURATION,
        also=tuple(kept.values()),
        message=f"the configuration is {where}, and 0 copies are made of what is in {listed(kept)}",
        try_=f"add {CONFIGURATION}.secrets: {partner(platform) or '<another region>'}",
    )

"""What waits in a second cloud: where, how large, and for how long copies are kept there."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.platform import Platform
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.sites import REGIONS_MAX, block
from groundplan.targets.cloud.design.stores import days, postgres

# Whose tokens are believed there: an account in a cluster.
COPIES_NAMESPACE = COPIES_ACCOUNT = "azure-copies"
WRITER_SECRET = "azure-writer"  # who they write as there
STANDBY_PLACE = REGIONS_MAX - 1  # the last block of the environment's addresses
WARM_MACHINES = 2
MACHINES = {
    2: "Standard_D2s_v5",
    4: "Standard_D4s_v5",
    8: "Standard_D8s_v5",
    16: "Standard_D16s_v5",
}
SERVERS = {2: "GP_Standard_D2ds_v5", 4: "GP_Standard_D4ds_v5", 8: "GP_Standard_D8ds_v5"}
DISKS_GIB = (32, 64, 128, 256, 512, 1024, 2048, 4095, 8192, 16384)  # what a server can have
BACKUP_DAYS_MAX = 35
_AZURE_REGION = re.compile(r"[a-z]+[0-9]?\Z")  # AWS has dashes in its names


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyServer:
    """The server that copies are restored into."""

    version: str
    name: str
    sku: str
    storage_mb: int
    backup_days: int
    has_standby: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """A container of copies."""

    name: str
    days: int
    is_immutable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """One environment's standby in Azure."""

    name: str
    location: str
    network: str
    machine: str
    machines_most: int
    database: StandbyServer | None
    copies: tuple[Copies, ...]
    storage_account: str
    state_account: str
    registry: str


def has_azure(platform: Platform) -> bool:
    """Whether the second cloud is Azure."""
    providers = platform.providers
    return "azure" in ((providers.secondary if providers else None) or "").casefold()


def standby(clusters: tuple[Cluster, ...]) -> Standby | None:
    """That of the last environment, which is the one with users; None where the file has none:
    another second cloud, or no region of Azure among those that copies go to."""
    home = next(c for c in clusters if c.site.environment == clusters[-1].site.environment)
    platform, site = home.platform, home.site
    location = next(_places(platform), None) if has_azure(platform) else None
    if location is None:
        return None
    name = f"{site.platform}-{site.environment}-standby"
    unique = _unique(name, platform.cloud.account or "")
    return Standby(
        name=name,
        location=location,
        network=str(block(site.network, STANDBY_PLACE)),
        machine=_size(MACHINES, home.machines.processors),
        machines_most=max(WARM_MACHINES, home.machines.most),
        database=_database(home),
        copies=tuple(_copies(platform)),
        storage_account=f"{unique}copies",
        state_account=f"{unique}state",
        registry=f"{unique}images",
    )


def copied_to(cluster: Cluster) -> Standby | None:
    """The standby that this cluster writes copies to: that of the users' environment, from where
    it writes."""
    return standby((cluster,)) if cluster.has_users and cluster.site.is_home else None


def _places(platform: Platform) -> Iterator[str]:
    written = platform.backup
    for copies in (written.database, written.application_data) if written else ():
        named = copies.regions if copies else ()
        yield from (name for name in named if _AZURE_REGION.match(name))


def _copies(platform: Platform) -> Iterator[Copies]:
    written = platform.backup
    for name, copies in (
        ("database", written.database if written else None),
        ("files", written.application_data if written else None),
    ):
        if copies and any(_AZURE_REGION.match(region) for region in copies.regions):
            kept = days(copies.retention.seconds)
            yield Copies(name=name, days=kept, is_immutable=copies.immutable)


def _database(home: Cluster) -> StandbyServer | None:
    """As large as the primary, because in a disaster it is the primary."""
    server = postgres(home.platform, home.site, home.site.region)
    if server is None:
        return None
    disk = next((size for size in DISKS_GIB if size >= server.storage_gib), DISKS_GIB[-1])
    return StandbyServer(
        version=str(server.written.version).partition(".")[0],
        name=server.database,
        sku=_size(SERVERS, home.server_processors),
        storage_mb=disk * 1024,
        backup_days=min(BACKUP_DAYS_MAX, max(7, server.backup_days)),
        has_standby=False,  # until it serves
    )


def _size(sizes: dict[int, str], processors: int) -> str:
    """The smallest with as many processors."""
    return next((name for count, name in sizes.items() if count >= processors), sizes[max(sizes)])


def _unique(name: str, account: str) -> str:
    """Letters and digits, the same for the same platform and account; short enough for all."""
    digest = hashlib.sha256(f"{name} {account}".encode()).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]', '', name)[:8]}{digest}"

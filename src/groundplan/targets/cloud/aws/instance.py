"""A server of RDS as one look finds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.ports.databases import Sight
from groundplan.targets.cloud.terraform.settings import OPERATIONS_TAGS

# Tags: this one was named the primary, in this term; this one was given up, and is shut.
TERM, FENCED = f"{OPERATIONS_TAGS}term", f"{OPERATIONS_TAGS}fenced"
# What a server is in while it takes connections (RDS user guide, "Viewing DB instance status").
ANSWERS = frozenset(
    {
        "available",
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "modifying",
        "storage-full",
        "storage-optimization",
        "storage-config-upgrade",
        "storage-initialization",
    }
)
ENDED = frozenset({"stopped", "deleting", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that the rendered files make. `backup_days` it keeps when it is promoted."""

    name: str
    region: str
    backup_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What AWS says of a server. `source` is the primary that it replicates, "" of none."""

    name: str
    region: str
    arn: str
    status: str
    source: str
    address: str
    term: int
    is_fenced: bool
    groups: tuple[str, ...]
    network: str

    @property
    def is_available(self) -> bool:
        """Whether it can be changed now."""
        return self.status == "available"


def instance_of(server: Server, found: Mapping[str, Any]) -> Instance:
    """From the answer of describe_db_instances."""
    tags = {tag["Key"]: tag["Value"] for tag in found.get("TagList", ())}
    written = tags.get(TERM, "0")
    groups = found.get("VpcSecurityGroups", ())
    return Instance(
        name=server.name,
        region=server.region,
        arn=str(found["DBInstanceArn"]),
        status=str(found["DBInstanceStatus"]),
        source=str(found.get("ReadReplicaSourceDBInstanceIdentifier") or "").rpartition(":")[2],
        address=str(found.get("Endpoint", {}).get("Address", "")),
        term=int(written) if written.isdecimal() else 0,
        is_fenced=FENCED in tags,
        groups=tuple(str(group["VpcSecurityGroupId"]) for group in groups),
        network=str(found.get("DBSubnetGroup", {}).get("VpcId", "")),
    )


def sight_of(instance: Instance) -> Sight:
    """As operations see it. How far its log is, RDS does not say."""
    answers = instance.status in ANSWERS
    return Sight(
        name=instance.name,
        region=instance.region,
        answers=answers,
        why="" if answers else f"it is {instance.status}",
        is_fenced=instance.is_fenced,
        is_primary=not instance.source,
        follows=instance.source,
    )

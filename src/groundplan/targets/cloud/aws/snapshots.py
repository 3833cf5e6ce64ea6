"""Snapshots of RDS: made, copied to another region, listed, and brought back as a new server.

A restore never replaces a server: a new one stands beside it, and people look at it first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.instance import Server, instance_of

MAKE_SECONDS, COPY_SECONDS, RESTORE_SECONDS = 7200, 14_400, 7200
# What a server takes from the one that its snapshot is of, as RDS calls it in both places.
TAKEN = ("DBInstanceClass", "MultiAZ", "StorageType", "CopyTagsToSnapshot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`made` is in seconds since 1970; None while it is being made."""

    name: str
    region: str
    server: str
    arn: str
    state: str
    kind: str  # manual or automated
    made: float | None
    gib: int
    is_sealed: bool

    @property
    def is_usable(self) -> bool:
        """Whether a server can be made of it."""
        return self.state == "available"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Of the servers of one platform."""

    account: Account

    def all(self, region: str) -> tuple[Snapshot, ...]:
        """Those of a region, oldest first, whosever they are."""
        found: list[Snapshot] = []
        start: dict[str, str] = {}
        while True:
            answer = self.account.ask("rds", region, "describe_db_snapshots", **start)
            found += [_snapshot(each, region) for each in answer["DBSnapshots"]]
            if not answer.get("Marker"):
                break
            start = {"Marker": answer["Marker"]}
        return tuple(sorted(found, key=lambda each: each.made or float("inf")))

    def make(self, server: str, region: str, name: str) -> Snapshot | None:
        """A snapshot; the one of this name when there is one. None in a dry run."""
        if self.find(name, region) is None:
            self.account.do(
                "rds",
                region,
                "create_db_snapshot",
                DBSnapshotIdentifier=name,
                DBInstanceIdentifier=server,
            )
        return self._finished(name, region, MAKE_SECONDS)

    def copy(self, name: str, source: str, region: str, key: str | None) -> Snapshot | None:
        """The same snapshot in another region, sealed with a key of that region."""
        if self.find(name, region) is None:
            there = self.find(name, source)
            if there is None and not self.account.is_dry:
                raise _missing(name, source)
            sealed = {"KmsKeyId": key} if key else {}
            self.account.do(
                "rds",
                region,
                "copy_db_snapshot",
                SourceDBSnapshotIdentifier=there.arn if there else f"(the arn of {name})",
                TargetDBSnapshotIdentifier=name,
                SourceRegion=source,
                CopyTags=True,
                **sealed,
            )
        return self._finished(name, region, COPY_SECONDS)

    def restore(self, snapshot: Snapshot, into: str, *, like: str) -> str:
        """A new server from a snapshot, in the network of another one of the same region and as
        large as that; its address, once it answers."""
        region, account = snapshot.region, self.account
        server = Server(name=into, region=region, backup_days=0)
        known = account.find("rds", region, "describe_db_instances", DBInstanceIdentifier=into)
        if known is None:
            account.do(
                "rds",
                region,
                "restore_db_instance_from_db_snapshot",
                DBInstanceIdentifier=into,
                DBSnapshotIdentifier=snapshot.arn,
                PubliclyAccessible=False,
                DeletionProtection=True,
                **self._taken(region, like),
            )
        address = ""

        def left() -> str:
            nonlocal address
            found = account.ask("rds", region, "describe_db_instances", DBInstanceIdentifier=into)
            now = instance_of(server, found["DBInstances"][0])
            address = now.address
            return "" if now.is_available else f"it is {now.status}"

        account.wait(f"{into} answers", region, RESTORE_SECONDS, left)
        return address

    def find(self, name: str, region: str) -> Snapshot | None:
        """The snapshot of a name in a region."""
        answer = self.account.find(
            "rds", region, "describe_db_snapshots", DBSnapshotIdentifier=name
        )
        found = answer["DBSnapshots"] if answer else ()
        return _snapshot(found[0], region) if found else None

    def _taken(self, region: str, like: str) -> dict[str, Any]:
        answer = self.account.ask("rds", region, "describe_db_instances", DBInstanceIdentifier=like)
        (found,) = answer["DBInstances"]
        groups = [group["VpcSecurityGroupId"] for group in found.get("VpcSecurityGroups", ())]
        return {
            **{key: found[key] for key in TAKEN if key in found},
            "DBSubnetGroupName": found["DBSubnetGroup"]["DBSubnetGroupName"],
            "VpcSecurityGroupIds": groups,
        }

    def _finished(self, name: str, region: str, seconds: float) -> Snapshot | None:
        def left() -> str:
            now = self.find(name, region)
            if now and now.state == "failed":
                raise TargetError(
                    part=f"AWS in {region}",
                    doing=f"make the snapshot {name}",
                    why="RDS says that it failed",
                    try_="delete it; the events of RDS tell why",
                )
            return "" if now and now.is_usable else f"it is {now.state if now else 'not there'}"

        self.account.wait(f"the snapshot {name} is made", region, seconds, left)
        return self.find(name, region)


def name_of(server: str, at: float) -> str:
    """A snapshot's name: its server and the minute, so that a try again finds it."""
    return f"{server}-{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M}"


def _snapshot(found: Mapping[str, Any], region: str) -> Snapshot:
    made = found.get("OriginalSnapshotCreateTime") or found.get("SnapshotCreateTime")
    return Snapshot(
        name=str(found["DBSnapshotIdentifier"]),
        region=region,
        server=str(found["DBInstanceIdentifier"]),
        arn=str(found["DBSnapshotArn"]),
        state=str(found["Status"]),
        kind=str(found.get("SnapshotType", "")),
        made=made.timestamp() if made else None,
        gib=int(found.get("AllocatedStorage", 0)),
        is_sealed=bool(found.get("Encrypted")),
    )


def _missing(name: str, region: str) -> TargetError:
    return TargetError(
        part=f"AWS in {region}",
        doing=f"find the snapshot {name}",
        why="it is not there",
        try_="`groundplan backup list --target cloud`",
    )

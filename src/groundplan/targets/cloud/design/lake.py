"""How what lies in the lake's buckets ages: by the file's policies, and logs by their class."""

from typing import Any

from groundplan.spec.lake import DataLake, LifecyclePolicy
from groundplan.targets.cloud.design.cluster import Cluster


def lifecycle(cluster: Cluster, written: DataLake, bucket: str) -> list[dict[str, Any]]:
    """The rules of a bucket. Each class of logs has a prefix, and goes when its time is over."""
    policies = [p for p in written.lifecycle_policies if bucket in (p.buckets or (bucket,))]
    plan = cluster.logs
    if plan is None or plan.bucket != written.buckets[bucket]:
        return [_rule(policy, policy.expiration) for policy in policies]
    flows = [flow for flow in plan.flows if "s3" in flow.outputs]
    return [
        {"prefix": f"{flow.name}/", **_rule(policy, flow.kept_days)}
        for policy in policies
        for flow in flows
    ]


def partitions(written: DataLake) -> list[str]:
    """What folders are cut by, from the left."""
    cut = written.partitioning
    return (cut.structure if cut else "year/month/day/hour").split("/")


def looked_through(cluster: Cluster, written: DataLake) -> list[str]:
    """Buckets with rows in them: not that of old logs, which are lines."""
    logs = cluster.logs.bucket if cluster.logs else None
    return [key for key, name in written.buckets.items() if name != logs]


def _rule(policy: LifecyclePolicy, expire: int | None) -> dict[str, Any]:
    """Nothing moves on the day that it is deleted, or later."""

    def before(day: int | None) -> int | None:
        return day if day is not None and (expire is None or day < expire) else None

    return {
        "infrequent_days": before(policy.transition_to_ia),
        "glacier_days": before(policy.transition_to_glacier),
        "expire_days": expire,
    }

"""The calls of a site's root: each module with the values of the file, one function per module."""

from typing import Any

from groundplan.spec.lake import compression_of
from groundplan.targets.cloud.design.cluster import Cluster, cron
from groundplan.targets.cloud.design.edge import has_cloudflare, has_region_firewall, managed, rules
from groundplan.targets.cloud.design.lake import lifecycle, looked_through, partitions
from groundplan.targets.cloud.design.standby import COPIES_ACCOUNT, WRITER_SECRET, copied_to
from groundplan.targets.cloud.design.stores import (
    CACHE_TYPE,
    DAY_SECONDS,
    SEARCH_TYPE,
    access_lists,
    backup_regions,
    days,
    gib,
    postgres,
    secret_copies,
)
from groundplan.targets.cloud.hcl_text import Block, Expression

Values = dict[str, Any]
KUBERNETES = "1.34"
SECURITY_LOG_DAYS = 365
FORWARDED = "X-Forwarded-For"
KEY = Expression("module.kms.key_arn")
COUNTS = Block(
    "variable",
    ("firewall_counts",),
    {
        "description": "The firewall only counts, as it does at first.",
        "type": Expression("bool"),
        "default": True,
    },
)
INSIDE: Values = {
    "vpc_id": Expression("module.network.vpc_id"),
    "subnet_ids": Expression("module.network.private_subnet_ids"),
    "cluster_security_group_id": Expression("module.eks.security_group_id"),
    "kms_key_arn": KEY,
}
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557)


def kms(cluster: Cluster, home: str) -> Values:
    """The site's key."""
    return {"name": cluster.site.cluster}


def network(cluster: Cluster, home: str) -> Values:
    """Addresses, access lists, endpoints."""
    site, written = cluster.site, cluster.platform.vpc_security
    return {
        "name": site.cluster,
        "cidr": site.network,
        "zones": {z.name: {"public": z.public, "private": z.private} for z in site.zones},
        "nat_in_each_zone": cluster.has_users,
        "access_lists": access_lists(cluster.platform, site),
        "endpoints": list(written.endpoints) if written else [],
        "flow_log_days": log_days(cluster),
        "kms_key_arn": KEY,
    }


def eks(cluster: Cluster, home: str) -> Values:
    """The cluster and the machines that always run."""
    machines, bucket = cluster.machines, cluster.logs.bucket if cluster.logs else None
    return {
        "name": cluster.site.cluster,
        "kubernetes_version": KUBERNETES,
        "subnet_ids": INSIDE["subnet_ids"],
        "machine_types": list(machines.types),
        "machines_base": machines.base,
        "base_piece": machines.pieces,
        "secrets_prefix": f"{cluster.site.platform}/{cluster.site.environment}",
        "log_days": log_days(cluster),
        "kms_key_arn": KEY,
        "tags": dict(cluster.tags),
        "copies_for": COPIES_ACCOUNT if copied_to(cluster) and cluster.copies else None,
        "log_bucket": {"name": bucket, "region": cluster.home} if bucket else None,
    }


def secrets(cluster: Cluster, home: str) -> Values | None:
    """Names of secrets, with copies where the file wants them."""
    found = secret_copies(cluster.platform, cluster.site)
    if copied_to(cluster):
        found |= {WRITER_SECRET: ()}
    if not found:
        return None
    return {
        "prefix": f"{cluster.site.platform}/{cluster.site.environment}",
        "names": {name: list(copies) for name, copies in found.items()},
        "kms_key_arn": KEY,
    }


def database(cluster: Cluster, home: str) -> Values | None:
    """The primary, or a replica of it."""
    server = postgres(cluster.platform, cluster.site, home)
    if server is None:
        return None
    written, site = server.written, cluster.site
    primary = f"{site.platform}-{site.environment}-{home}"
    account = "${data.aws_caller_identity.current.account_id}"
    source = Expression(f'"arn:aws:rds:{home}:{account}:db:{primary}"')
    window = written.backup
    return {
        "name": site.cluster,
        "engine_version": str(written.version),
        "instance_class": server.instance_class,
        "replicate_from": source if server.replicates else None,
        "database": server.database,
        "storage_gib": server.storage_gib,
        "storage_type": server.storage_type,
        "iops": server.iops,
        "is_encrypted": written.storage_encrypted,
        "force_tls": written.transit_encryption,
        "multi_az": server.multi_az,
        "backup_days": server.backup_days,
        "backup_window": str(window.backup_window) if window and window.backup_window else None,
        "maintenance_window": str(window.maintenance_window)
        if window and window.maintenance_window
        else None,
        "deletion_protection": written.deletion_protection,
        "lag_seconds_max": server.lag_seconds_max,
        **INSIDE,
    }


def redis(cluster: Cluster, home: str) -> Values | None:
    """The cache of the site."""
    written = cluster.platform.cache_layer
    if written is None:
        return None
    group, copies = written.cluster, written.backup
    return {
        "name": cluster.site.cluster,
        "engine_version": str(written.version),
        "node_type": written.node_type or CACHE_TYPE,
        "servers": group.num_cache_clusters if group else 1,
        "automatic_failover": bool(group and group.automatic_failover),
        "multi_az": bool(group and group.multi_az),
        "eviction": written.eviction,
        "is_encrypted": written.at_rest_encryption,
        "use_tls": written.transit_encryption,
        "snapshot_days": copies.snapshot_retention_limit if copies else 0,
        "snapshot_window": str(copies.snapshot_window)
        if copies and copies.snapshot_window
        else None,
        **INSIDE,
    }


def search(cluster: Cluster, home: str) -> Values | None:
    """The store of logs and traces."""
    written = cluster.platform.logging.elasticsearch if cluster.platform.logging else None
    if written is None:
        return None
    kind = (written.instance_type or SEARCH_TYPE).replace(".elasticsearch", ".search")
    return {
        "name": cluster.site.cluster,
        "instance_type": kind,
        "servers": written.cluster_size,
        "storage_gib": gib(written.storage) if written.storage else 100,
        "is_encrypted": written.at_rest_encryption,
        "use_tls": written.transit_encryption,
        "log_days": log_days(cluster),
        **INSIDE,
    }


def lake(cluster: Cluster, home: str) -> Values | None:
    """The buckets, in the home region."""
    written = cluster.platform.data_lake
    if written is None or not cluster.site.is_home:
        return None
    cut = written.partitioning
    return {
        "name": cluster.site.cluster,
        "buckets": {
            key: {
                "name": name,
                "rules": lifecycle(cluster, written, key),
            }
            for key, name in written.buckets.items()
        },
        "versioning": written.versioning,
        "replica_region": written.replication_region,
        "partitions": partitions(written),
        "format": cut.format if cut else "parquet",
        "compression": compression_of(written),
        "tables": {
            name: {
                "bucket": table.bucket,
                "columns": [{"name": n, "type": kind} for n, kind in table.columns.items()],
            }
            for name, table in written.tables.items()
        },
        "looked_through": looked_through(cluster, written),
        "kms_key_arn": KEY,
    }


def waf(cluster: Cluster, home: str) -> Values | None:
    """The region's firewall, unless the file has it at the edge alone."""
    written = cluster.platform.waf
    if written is None or not has_region_firewall(cluster.platform):
        return None
    known = filter(None, map(managed, written.managed_rules))
    return {
        "name": cluster.site.cluster,
        "rules": [
            {key: value for key, value in rule.items() if key != "per"}
            for rule in rules(written.rules)
        ],
        "managed_groups": list(dict.fromkeys(names[1] for names in known)),
        "body_bytes_max": written.body_limit.bytes if written.body_limit else None,
        "is_counting": Expression("var.firewall_counts") if written.count_first else None,
        "client_header": "CF-Connecting-IP" if has_cloudflare(cluster.platform) else FORWARDED,
        "log_days": log_days(cluster),
        "kms_key_arn": KEY,
    }


def certificate(cluster: Cluster, home: str) -> Values | None:
    """Of the public name, where a balancer of AWS ends TLS because a firewall is joined to it."""
    if cluster.host is None or not has_region_firewall(cluster.platform):
        return None
    return {"domain": cluster.platform.cloud.domain, "host": cluster.host}


def backup(cluster: Cluster, home: str) -> Values | None:
    """Copies of the primary, here and where the file wants them."""
    written = cluster.platform.backup.database if cluster.platform.backup else None
    if written is None or not cluster.site.is_home or not cluster.platform.primary_database:
        return None
    minute, hour, _, _, weekday = cron(written.frequency.seconds or 86_400).split()
    on = f"cron({minute} {hour} ? * SUN *)" if weekday == "0" else f"cron({minute} {hour} * * ? *)"
    return {
        "name": cluster.site.cluster,
        "schedule": on,
        "every_seconds": round(written.frequency.seconds or DAY_SECONDS),
        "days": days(written.retention.seconds),
        "is_continuous": cluster.platform.primary_database.point_in_time_recovery,
        "is_immutable": written.immutable,
        "copy_regions": list(backup_regions(cluster.platform, cluster.site.region)),
        "resource_arns": [Expression("module.postgres.arn")],
        "kms_key_arn": KEY,
    }


def log_days(cluster: Cluster) -> int:
    """How long security logs stay, as CloudWatch can keep them."""
    written = cluster.platform.retention
    wanted = written.security_logs.seconds if written and written.security_logs else None
    least = days(wanted) if wanted else SECURITY_LOG_DAYS
    return next((known for known in LOG_DAYS if known >= least), LOG_DAYS[-1])

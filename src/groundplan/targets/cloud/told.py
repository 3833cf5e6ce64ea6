"""What there would be in the cloud, in words: site by site, from the design alone."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import has_cloudflare, hosts
from groundplan.targets.cloud.design.standby import standby
from groundplan.targets.cloud.design.stores import postgres


def site(cluster: Cluster) -> tuple[str, ...]:
    """What one site has, the most important first."""
    return tuple(_site(cluster))


def _site(cluster: Cluster) -> Iterator[str]:
    machines, platform = cluster.machines, cluster.platform
    kinds = ", ".join(machines.types)
    spot = f", {machines.spot} of {machines.pieces} on spot" if machines.spot else ""
    yield f"a cluster of {machines.base} to {machines.most} machines ({kinds}{spot})"
    for workload in cluster.workloads:
        scaling = workload.scaling
        count = (
            f"{scaling.min_replicas} to {scaling.max_replicas}"
            if scaling
            else f"{workload.written.replicas}"
        )
        yield f"{workload.name}: {count} replicas, released by {type(workload.release).__name__}"
    server = postgres(platform, cluster.site, cluster.home)
    if server:
        role = f"a replica of {server.replicates}" if server.replicates else "the primary"
        twice = ", in two zones" if server.multi_az else ""
        size = f"{server.storage_gib} GiB"
        yield f"PostgreSQL {server.written.version}, {role}: {server.instance_class}, {size}{twice}"
    cache = platform.cache_layer
    if cache:
        servers = cache.cluster.num_cache_clusters if cache.cluster else 1
        yield f"Redis {cache.version}: {servers} of {cache.node_type or 'the smallest size'}"
    search = platform.logging.elasticsearch if platform.logging else None
    if search:
        yield f"OpenSearch: {search.cluster_size} of {search.instance_type or 'the default size'}"
    lake = platform.data_lake
    if lake and cluster.site.is_home:
        yield f"a data lake of {len(lake.buckets)} buckets"


def beyond(clusters: tuple[Cluster, ...]) -> Iterator[tuple[str, str]]:
    """What is of no site: a name and what it is."""
    platform = clusters[0].platform
    if has_cloudflare(platform) and platform.cloud.domain:
        names = ", ".join(host.name for host in hosts(clusters))
        yield "edge", f"Cloudflare in front of {names}"
    found = standby(clusters)
    if found:
        size = found.database.sku if found.database else "no database"
        yield "standby", f"Azure {found.location}: a warm cluster ({found.machine}), {size}, copies"

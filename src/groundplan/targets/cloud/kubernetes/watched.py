"""PrometheusRule of a cluster: replicas that fall behind, copies that grow old, pages that load
slowly. Names are those of the file's `prometheus.alerts`.

A number that is not there tells as a bad one does: nobody may be sure of what nobody measures.
"""

from collections.abc import Iterator

from groundplan.spec.kpis import Kpis
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.stores import DAY_SECONDS, postgres
from groundplan.targets.cloud.kubernetes import exporters, pages
from groundplan.targets.cloud.kubernetes.azure_copies import jobs
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.units import Duration

NAMESPACE = "monitoring"
HOUR_SECONDS = 3600
GONE = "15m"  # a number that is away for so long is told of


def objects(cluster: Cluster) -> Iterator[Object]:
    """One object with a group for each thing that is watched here."""
    found = (*_lag(cluster), *_copies(cluster), *_pages(cluster))
    groups = [{"name": name, "rules": [rule]} for name, rule in found]
    if groups:
        yield make(
            ("monitoring.coreos.com/v1", "PrometheusRule"),
            f"{cluster.site.platform}-stores",
            NAMESPACE,
            spec={"groups": groups},
        )


def _lag(cluster: Cluster) -> Iterator[tuple[str, Object]]:
    server = postgres(cluster.platform, cluster.site, cluster.home)
    if server is None or server.replicates is None or not exporters.has_postgres(cluster):
        return
    lag = "pg_replication_lag_seconds"
    yield (
        "replication_lag",
        _alert(
            cluster,
            ("ReplicationLag", "replication_lag", "disaster_recovery.rpo"),
            f"max({lag}) > {server.lag_seconds_max}\nor\nabsent_over_time({lag}[{GONE}])\n",
            wait="3m",
            summary=f"the replica is more than {server.lag_seconds_max} s behind"
            f" {server.replicates}, or nobody can tell",
        ),
    )


def _copies(cluster: Cluster) -> Iterator[tuple[str, Object]]:
    """Of the cluster by Velero, and of what goes to a second cloud by the jobs that take it there.
    Those of the database are watched by AWS (an alarm beside the backup plan)."""
    last = "velero_backup_last_successful_timestamp"
    for plan in cluster.copies:
        labels = f'{{schedule="{cluster.site.platform}-{plan.name}"}}'
        yield _age(cluster, plan.name, f"{last}{labels}", plan.every_seconds)
    last = "kube_cronjob_status_last_successful_time"
    for job in jobs(cluster):
        labels = f'{{namespace="{job.namespace}",cronjob="{job.name}"}}'
        yield _age(cluster, job.name, f"{last}{labels}", job.every_seconds)


def _age(cluster: Cluster, name: str, last: str, seconds: float) -> tuple[str, Object]:
    """Older than the interval, and for longer than a copy may take."""
    expression = f"time() - max({last}) > {seconds:g}\nor\nabsent_over_time({last}[1d])\n"
    return (
        f"backup_age.{name}",
        _alert(
            cluster,
            ("BackupAge", "backup_age", "backup"),
            expression,
            wait=_time(max(300, seconds / 4)),
            summary=f"the newest copy ({name}) is older than {_words(seconds)}, or there is none",
        ),
    )


def _pages(cluster: Cluster) -> Iterator[tuple[str, Object]]:
    bound = (cluster.platform.kpis or Kpis()).performance.page_load_time
    if bound is None or not isinstance(bound.limit, Duration) or not pages.targets(cluster):
        return
    took = 'probe_duration_seconds{job="pages"}'
    share = bound.quantile or 0.95
    yield (
        "page_load_time",
        _alert(
            cluster,
            ("PageLoadTime", "page_load_time", "kpis.performance.page_load_time"),
            f"max by (instance) (quantile_over_time({share:g}, {took}[15m])) >"
            f" {bound.limit.seconds:g}\nor\nabsent_over_time({took}[{GONE}])\n",
            wait="5m",
            summary=f"a page takes longer than {bound.limit} to be fetched, or is not asked for",
        ),
    )


def _alert(
    cluster: Cluster,
    names: tuple[str, str, str],
    expression: str,
    *,
    wait: str,
    summary: str,
) -> Object:
    name, watched, promise = names
    written = cluster.platform.prometheus
    told = {alert.watches: alert.notify for alert in written.alerts} if written else {}
    labels = {"severity": "page", "slo": watched}
    if watched in told:
        labels["notify"] = told[watched]
    return {
        "alert": name,
        "expr": expression,
        "for": wait,
        "labels": labels,
        "annotations": {"summary": summary, "promise": promise},
    }


def _time(seconds: float) -> str:
    """As Prometheus writes it: hours where there are some."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _words(seconds: float) -> str:
    for name, length in (("days", DAY_SECONDS), ("hours", HOUR_SECONDS)):
        if seconds >= 2 * length:
            return f"{seconds / length:g} {name}"
    return f"{seconds / 60:g} minutes"


KIND = Kind(
    file="watched.yaml",
    sections=("prometheus.alerts", "backup", "kpis.performance", "disaster_recovery.rpo"),
    objects=objects,
)

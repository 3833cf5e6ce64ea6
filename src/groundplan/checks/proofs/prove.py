"""One proof for every promise of a file: what holds by arithmetic, what cannot hold, and why
nothing can be said of the rest."""

import re
from collections.abc import Callable

from groundplan.checks.proofs import (
    availability,
    backups,
    capacity,
    cost,
    loss,
    performance,
    recovery,
    storage,
)
from groundplan.checks.proofs.proof import Proof, argument
from groundplan.checks.subject import Subject
from groundplan.design.promises import (
    ARCHIVE_LAG,
    CACHE_RESTORE_TIME,
    FAILOVER_LOSS,
    FILES_RESTORE_TIME,
    LAST_PROOF,
    REPLICATION_LAG,
    RESTORE_TIME,
    promises,
)
from groundplan.promise.promise import Promise

Prover = Callable[[Subject, Promise], Proof]

PROVERS: dict[str, Prover] = {
    "kpis.availability.target": availability.availability,
    "kpis.performance.api_response_time": performance.api_time,
    "kpis.performance.database_query_time": performance.query_time,
    "kpis.performance.page_load_time": performance.page_time,
    "kpis.scalability.concurrent_users": capacity.users,
    "kpis.scalability.requests_per_second": capacity.requests,
    "kpis.scalability.data_throughput": capacity.throughput,
    "disaster_recovery.rto": recovery.recovery_time,
    "disaster_recovery.rpo": loss.recovery_point,
    REPLICATION_LAG: loss.replication_lag,
    FAILOVER_LOSS: loss.replication_lag,
    "backup.database.frequency": backups.database_schedule,
    "backup.database.retention": backups.kept,
    LAST_PROOF: backups.schedule,
    ARCHIVE_LAG: backups.archive_lag,
    RESTORE_TIME: backups.restore_time,
    CACHE_RESTORE_TIME: backups.copy_time,
    FILES_RESTORE_TIME: backups.copy_time,
    "backup.application_data.frequency": backups.schedule,
    "backup.application_data.retention": backups.files_kept,
    "primary_database.backup.retention_days": backups.provider_kept,
    "cache_layer.backup.snapshot_retention_limit": backups.kept,
    **dict.fromkeys(storage.LOG_CLASSES, storage.logs),
    "retention.metrics": storage.metrics,
    "retention.traces": storage.traces,
    "prometheus.retention": storage.metrics,
    "data_lake.lifecycle_policies[].expiration": storage.lake,
    "cost_monitoring.budgets[].limit": cost.budget,
}


def prove(subject: Subject) -> tuple[Proof, ...]:
    """The proofs, in the order of the promises."""
    return tuple(_proof(subject, promise) for promise in promises(subject.source))


def _proof(subject: Subject, promise: Promise) -> Proof:
    prover = PROVERS.get(re.sub(r"\[\d+\]", "[]", promise.id))
    if prover is None:
        return argument(subject, promise).unknown("no arithmetic is known for it")
    return prover(subject, promise)

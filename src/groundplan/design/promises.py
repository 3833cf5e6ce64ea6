"""Every promise of the file that a number can keep or break, with its place.

What can break a promise is measured, simulated or proven elsewhere; here is only what was said.
"""

from collections.abc import Iterator

from groundplan.promise.promise import Bound, Promise
from groundplan.spec.load import Source
from groundplan.units import Count, Duration, Percent, Rate, Threshold

REPLICATION_LAG = "disaster_recovery.rpo.replication_lag"
FAILOVER_LOSS = "disaster_recovery.rpo.failover"
ARCHIVE_LAG = "disaster_recovery.rpo.archive"
RESTORE_TIME = "disaster_recovery.rto.restore"
CACHE_RESTORE_TIME = "disaster_recovery.rto.cache"
FILES_RESTORE_TIME = "disaster_recovery.rto.files"
LAST_PROOF = "backup.database.restore_test"
DAY_SECONDS = 86_400


def promises(source: Source) -> tuple[Promise, ...]:
    """The promises in the order of their sections; none for what the file leaves out."""
    return (
        *_availability(source),
        *_performance(source),
        *_scalability(source),
        *_recovery(source),
        *_backups(source),
        *_restores(source),
        *_copies(source),
        *_snapshots(source),
        *_retention(source),
        *_lake(source),
        *_budgets(source),
    )


def _availability(source: Source) -> Iterator[Promise]:
    kpis = source.platform.kpis
    if kpis and kpis.availability:
        written = kpis.availability
        yield _promise(
            source,
            "kpis.availability.target",
            f"{written.target} of all requests are served, counted as {written.measurement}",
            written.target,
            (Bound.AT_LEAST, written.target.ratio, "ratio"),
        )


def _performance(source: Source) -> Iterator[Promise]:
    performance = source.platform.kpis.performance if source.platform.kpis else None
    for name in type(performance).model_fields if performance else ():
        threshold: Threshold | None = getattr(performance, name)
        if threshold is not None:
            yield _promise(
                source,
                f"kpis.performance.{name}",
                f"the {name.replace('_', ' ')} is {_in_words(threshold)}",
                threshold,
                _limit_of(threshold),
            )


def _scalability(source: Source) -> Iterator[Promise]:
    scalability = source.platform.kpis.scalability if source.platform.kpis else None
    if scalability is None:
        return
    users, requests = scalability.concurrent_users, scalability.requests_per_second
    if users:
        yield _promise(
            source,
            "kpis.scalability.concurrent_users",
            f"{users} users are served at the same time",
            users,
            (Bound.AT_LEAST, float(users.value), "users"),
        )
    if requests:
        yield _promise(
            source,
            "kpis.scalability.requests_per_second",
            f"{requests} requests are served in each second",
            requests,
            (Bound.AT_LEAST, float(requests.value), "1/s"),
        )
    if throughput := scalability.data_throughput:
        yield _promise(
            source,
            "kpis.scalability.data_throughput",
            f"{throughput} of data is taken in",
            throughput,
            (Bound.AT_LEAST, throughput.per_second, _unit_of(throughput)),
        )


def _recovery(source: Source) -> Iterator[Promise]:
    recovery = source.platform.disaster_recovery
    if recovery is None:
        return
    rto, rpo = recovery.rto, recovery.rpo
    yield _promise(
        source,
        "disaster_recovery.rto",
        f"after a disaster the platform serves again within {rto}",
        rto,
        (Bound.AT_MOST, rto.seconds, "s"),
    )
    yield _promise(
        source,
        "disaster_recovery.rpo",
        f"a disaster loses at most the last {rpo} of data",
        rpo,
        (Bound.AT_MOST, rpo.seconds, "s"),
    )
    if _has_replicas(source):
        statement = f"no replica of the database is further behind its primary than the RPO, {rpo}"
        yield _within(source, REPLICATION_LAG, statement, rpo)
        statement = f"a failover loses at most the last {rpo} of confirmed writes"
        yield _within(source, FAILOVER_LOSS, statement, rpo)


def _restores(source: Source) -> Iterator[Promise]:
    backup, recovery = source.platform.backup, source.platform.disaster_recovery
    database = backup.database if backup and source.platform.primary_database else None
    if database is None:
        return
    if recovery is not None:
        rto, rpo = recovery.rto, recovery.rpo
        statement = f"the database is restored from a backup within the RTO, {rto}"
        yield _within(source, RESTORE_TIME, statement, rto)
        statement = f"the log in each repository is at most the RPO, {rpo}, behind the database"
        yield _within(source, ARCHIVE_LAG, statement, rpo)
    test = database.restore_test
    if test is not None and test.seconds is not None:
        yield _promise(
            source,
            LAST_PROOF,
            f"a backup is restored and compared {test}: the last proof is no older than that",
            test,
            (Bound.AT_MOST, test.seconds, "s"),
        )


def _copies(source: Source) -> Iterator[Promise]:
    """What is kept of the caches and of files is brought back in time, too."""
    platform, recovery = source.platform, source.platform.disaster_recovery
    if recovery is None:
        return
    cache = platform.cache_layer.backup if platform.cache_layer else None
    files = platform.backup.application_data if platform.backup else None
    asked = (
        (CACHE_RESTORE_TIME, "a region's cache", bool(cache and cache.snapshot_retention_limit)),
        (FILES_RESTORE_TIME, "the files of applications", bool(files and files.paths)),
    )
    for id_, what, is_asked in asked:
        if is_asked:
            statement = f"{what} can be brought back from a copy within the RTO, {recovery.rto}"
            yield _within(source, id_, statement, recovery.rto)


def _has_replicas(source: Source) -> bool:
    database = source.platform.primary_database
    replicas = database.read_replicas if database else None
    return database is not None and (database.multi_az or bool(replicas and replicas.count))


def _backups(source: Source) -> Iterator[Promise]:
    backup = source.platform.backup
    copies = (
        ("database", "the database", backup.database if backup else None),
        ("application_data", "application data", backup.application_data if backup else None),
    )
    for key, what, written in copies:
        if written is None:
            continue
        if written.frequency.seconds is not None:
            yield _promise(
                source,
                f"backup.{key}.frequency",
                f"{what} is backed up {written.frequency}: no newest backup is older than that",
                written.frequency,
                (Bound.AT_MOST, written.frequency.seconds, "s"),
            )
        yield _kept(source, f"backup.{key}.retention", f"backups of {what}", written.retention)


def _snapshots(source: Source) -> Iterator[Promise]:
    database, cache = source.platform.primary_database, source.platform.cache_layer
    if database and database.backup:
        path = "primary_database.backup.retention_days"
        yield _kept(source, path, "the provider's backups", database.backup.retention_days)
    if cache and cache.backup:
        path = "cache_layer.backup.snapshot_retention_limit"
        yield _kept(source, path, "snapshots of the cache", cache.backup.snapshot_retention_limit)


def _retention(source: Source) -> Iterator[Promise]:
    retention, prometheus = source.platform.retention, source.platform.prometheus
    for name in type(retention).model_fields if retention else ():
        period: Duration | None = getattr(retention, name)
        if period is not None:
            yield _kept(source, f"retention.{name}", name.replace("_", " "), period)
    if prometheus and "retention" in prometheus.model_fields_set:
        yield _kept(source, "prometheus.retention", "metrics in Prometheus", prometheus.retention)


def _lake(source: Source) -> Iterator[Promise]:
    lake = source.platform.data_lake
    for number, policy in enumerate(lake.lifecycle_policies if lake else ()):
        if policy.expiration is not None:
            path = f"data_lake.lifecycle_policies[{number}].expiration"
            yield _kept(source, path, "files of the data lake", policy.expiration)


def _budgets(source: Source) -> Iterator[Promise]:
    costs = source.platform.cost_monitoring
    for number, budget in enumerate(costs.budgets if costs else ()):
        yield _promise(
            source,
            f"cost_monitoring.budgets[{number}].limit",
            f"{budget.name} costs at most {budget.limit} a month",
            budget.limit,
            (Bound.AT_MOST, float(budget.limit.amount), "USD"),
        )


def _kept(source: Source, path: str, what: str, period: Duration | int) -> Promise:
    """A promise to keep something for a time; a bare number is days."""
    is_days = isinstance(period, int)
    target = f"{period} days" if is_days else str(period)
    seconds = period * DAY_SECONDS if isinstance(period, int) else period.seconds
    limit = (Bound.AT_LEAST, float(seconds), "s")
    return _promise(source, path, f"{what} are kept for {target}", target, limit)


def _within(source: Source, path: str, statement: str, limit: Duration) -> Promise:
    """A promise that follows from the RTO or the RPO."""
    return _promise(source, path, statement, limit, (Bound.AT_MOST, limit.seconds, "s"))


def _in_words(threshold: Threshold) -> str:
    words = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
    quantile = f" at p{threshold.quantile * 100:g}" if threshold.quantile else ""
    return f"{words[threshold.operator]} {threshold.limit}{quantile}"


def _limit_of(threshold: Threshold) -> tuple[Bound, float, str]:
    bound = Bound.AT_MOST if threshold.operator.startswith("<") else Bound.AT_LEAST
    match threshold.limit:
        case Duration() as time:
            return bound, time.seconds, "s"
        case Percent() as share:
            return bound, share.ratio, "ratio"
        case Count() as count:
            return bound, float(count.value), "count"


def _unit_of(rate: Rate) -> str:
    return "B/s" if rate.of == "bytes" else "1/s"


def _promise(
    source: Source, path: str, statement: str, target: object, limit: tuple[Bound, float, str]
) -> Promise:
    bound, value, unit = limit
    place = source.place(path)
    return Promise(
        id=path,
        section=path.partition(".")[0],
        statement=statement,
        target=str(target),
        limit=value,
        bound=bound,
        unit=unit,
        file=place.file,
        line=place.line,
        column=place.column,
    )

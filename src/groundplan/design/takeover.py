"""When somebody else takes over, read from the file."""

from groundplan.design.disasters import disasters
from groundplan.design.recovery import (
    DEFAULT_AFTER_SECONDS,
    DEFAULT_ALONE_AFTER_SECONDS,
    Recovery,
)
from groundplan.design.regions import NumberedRegion
from groundplan.design.stores import standbys_wanted
from groundplan.spec.load import Source


def recovery(source: Source, regions: tuple[NumberedRegion, ...]) -> Recovery:
    """A lost region is left by itself when the file has a scenario for it that is automatic."""
    platform = source.platform
    database, declared = platform.primary_database, platform.disaster_recovery
    failover = declared.failover if declared else None
    after = failover.after if failover else None
    standbys = database.standbys if database else None
    alone = standbys.after if standbys else None
    scaler = platform.autoscaling.horizontal_pod_autoscaler if platform.autoscaling else None
    waits = standbys is not None and standbys.when_none == "wait"
    return Recovery(
        is_automatic=any(
            disaster.fails_over and disaster.scenario.automation == "automatic"
            for disaster in disasters(platform)
        ),
        after_seconds=after.seconds if after else DEFAULT_AFTER_SECONDS,
        is_synchronous=database is not None and standbys_wanted(database) > 0,
        alone_after_seconds=None
        if waits
        else (alone.seconds if alone else DEFAULT_ALONE_AFTER_SECONDS),
        regions=tuple(region.name for region in regions),
        replicas_max=scaler.max_replicas if scaler else None,
    )

"""In how many availability zones of one region the platform runs, and where the file says so."""

from groundplan.spec.platform import Platform

ZONES = "spot_instances.diversification.availability_zones"


def zones(platform: Platform) -> tuple[int, str]:
    """The number and its key; (1, "") when nothing in the file speaks of a second zone."""
    spot, database, cache = (
        platform.spot_instances,
        platform.primary_database,
        platform.cache_layer,
    )
    named = set(spot.diversification.availability_zones) if spot else set[str]()
    regions = {zone[:-1] for zone in named}
    in_one = max((sum(zone[:-1] == region for zone in named) for region in regions), default=0)
    if in_one > 1:
        return in_one, ZONES
    if database and database.multi_az:
        return 2, "primary_database.multi_az"
    if cache and cache.cluster and cache.cluster.multi_az:
        return 2, "cache_layer.cluster.multi_az"
    return 1, ""

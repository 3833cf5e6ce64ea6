"""The data lake as it runs here: how its files are cut, how they age, who takes rows in."""

from groundplan.design.addresses import address
from groundplan.design.lake_zone import BUCKETS, LakeZone
from groundplan.design.part import PartKind
from groundplan.design.parts import Lake, Service
from groundplan.spec.lake import DataLake, compression_of, depth_of
from groundplan.spec.load import Source


def lakes(source: Source, services: tuple[Service, ...]) -> tuple[Lake, ...]:
    """One for the platform; none when the file has no data_lake."""
    lake = source.platform.data_lake
    if lake is None:
        return ()
    network = source.platform.local.network
    return (
        Lake(
            name="global/lake",
            site="global",
            address=address(network, region=0, kind=PartKind.LAKE, number=1),
            depth=depth_of(lake),
            compression=compression_of(lake),
            zones=zones(lake),
            buckets=buckets(source),
            told_by=tuple(dict.fromkeys(service.service for service in services)),
        ),
    )


def buckets(source: Source) -> tuple[tuple[str, str], ...]:
    """The bucket of each zone, where `local.lake` says S3; the first one for what has none."""
    lake = source.platform.data_lake
    if lake is None or not lake.buckets or source.platform.local.lake != "s3":
        return ()
    first = next(iter(lake.buckets.values()))
    return tuple((zone, lake.buckets.get(key, first)) for zone, key in BUCKETS.items())


def zones(lake: DataLake) -> tuple[LakeZone, ...]:
    """What the policies say of each zone; a policy without buckets is for all, the first counts."""
    return tuple(_zone(lake, name) for name in BUCKETS)


def _zone(lake: DataLake, name: str) -> LakeZone:
    infrequent = archive = expire = None
    promise = ""
    for number, policy in enumerate(lake.lifecycle_policies):
        if policy.buckets and BUCKETS[name] not in policy.buckets:
            continue
        if infrequent is None:
            infrequent = policy.transition_to_ia
        if archive is None:
            archive = policy.transition_to_glacier
        if expire is None and policy.expiration is not None:
            expire = policy.expiration
            promise = f"data_lake.lifecycle_policies[{number}].expiration"
    return LakeZone(
        name=name, infrequent=infrequent, archive=archive, expire=expire, promise=promise
    )

"""How a service's number of replicas follows its load on this machine, read from the file.

The file's autoscaler is for a cluster. `local.max_replicas` says that it holds here, too, and how
far: without it a laptop that is busy with something else would be given more to do.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.autoscaling import HorizontalAutoscaler
from groundplan.spec.load import Source
from groundplan.spec.services import Service

REPLICAS_MAX = 100  # of a service in a region, whatever the file says
GROW_AFTER_SECONDS = 0  # a load that is there is carried at once,
SHRINK_AFTER_SECONDS = 300  # and one that has gone may come back: in a cluster, too
_KEY = "local.max_replicas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Of one service: as many replicas that each uses no more than that, on the average."""

    service: str
    least: int
    most: int
    cores: float | None = None
    bytes: int | None = None


def scalings(source: Source) -> tuple[Scaling, ...]:
    """The services that follow their load here."""
    found = ((name, scaling(source, name)) for name in source.platform.services)
    return tuple(each for _, each in found if each is not None)


def scaling(source: Source, name: str) -> Scaling | None:
    """None: the service has the number of replicas that the file gives it."""
    written, scaler = source.platform.services[name], _scaler(source)
    allowed = source.platform.local.max_replicas
    if scaler is None or allowed is None or not written.command:
        return None
    cores, size = _targets(written, scaler)
    if cores is None and size is None:
        return None
    most = max(1, min(scaler.max_replicas, allowed, REPLICAS_MAX))
    least = min(max(1, scaler.min_replicas), most)
    return Scaling(service=name, least=least, most=most, cores=cores, bytes=size)


def replicas(source: Source, name: str) -> int:
    """How many it begins with in a region: where an autoscaler has the number, as few as that may
    make it, as in a cluster."""
    follows = scaling(source, name)
    return follows.least if follows else source.platform.services[name].replicas


def notes(source: Source) -> Iterator[str]:
    """Why something does not scale that was meant to."""
    if source.platform.local.max_replicas is None:
        return
    if _scaler(source) is None:
        yield f"{_KEY}: there is no autoscaling.horizontal_pod_autoscaler, so nothing scales"
        return
    for name, written in source.platform.services.items():
        if written.command and scaling(source, name) is None:
            yield (
                f"{_KEY}: {name} does not scale, for it has no resources.requests of what the "
                "autoscaler has a target for"
            )


def _scaler(source: Source) -> HorizontalAutoscaler | None:
    written = source.platform.autoscaling
    return written.horizontal_pod_autoscaler if written else None


def _targets(written: Service, scaler: HorizontalAutoscaler) -> tuple[float | None, int | None]:
    asked = written.resources.requests
    busy, full = scaler.target_cpu_utilization, scaler.target_memory_utilization
    return (
        asked.cpu.cores * busy.ratio if asked.cpu and busy else None,
        math.floor(asked.memory.bytes * full.ratio) if asked.memory and full else None,
    )

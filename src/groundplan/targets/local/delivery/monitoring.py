"""Whether the regions of this machine are monitored: their Prometheus answers, and is ready."""

from collections.abc import Iterable

from groundplan.design.parts import AnyPart, Prometheus
from groundplan.targets.local.parts.http import why_not

SECONDS = 2.0


def unmonitored(part: AnyPart) -> str | None:
    """The region of a Prometheus that could not say that anything is wrong; else None.

    One that reads its log after a kill is not ready, and evaluates no rule.
    """
    assert isinstance(part, Prometheus)
    return part.site if why_not(part.address, part.port, "/-/ready", SECONDS) else None


def monitors(parts: Iterable[AnyPart]) -> list[Prometheus]:
    """Those that watch over regions; a platform without any has nobody to wait for."""
    return [part for part in parts if isinstance(part, Prometheus)]

"""What the file says of lost servers and regions: when somebody else takes over, and who."""

from dataclasses import dataclass

DEFAULT_AFTER_SECONDS = 60.0  # a region that is away for less is waited for
DEFAULT_ALONE_AFTER_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """`is_automatic`: a lost region is left without anybody's approval, `after_seconds`.

    `alone_after_seconds`: for how long commits wait for a standby when none is left; None: for
    ever. `regions` in the order in which they are taken as a new home. `replicas_max`: as many
    replicas of a service as a region may have while it carries another's load, too.
    """

    is_automatic: bool = False
    after_seconds: float = DEFAULT_AFTER_SECONDS
    is_synchronous: bool = False
    alone_after_seconds: float | None = DEFAULT_ALONE_AFTER_SECONDS
    regions: tuple[str, ...] = ()
    replicas_max: int | None = None

    def partners_of(self, region: str) -> tuple[str, ...]:
        """The regions that may take over from one."""
        return tuple(name for name in self.regions if name != region)

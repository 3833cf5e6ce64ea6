"""What has to be served where, and by how many replicas: the inputs of the rules of capacity."""

from dataclasses import dataclass

from groundplan.checks.subject import Subject
from groundplan.spec.platform import Platform

RATE = "kpis.scalability.requests_per_second"
HPA = "autoscaling.horizontal_pod_autoscaler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Requests per second at the peak: of the platform, and of the region that gets the most."""

    platform: float
    region: float
    assumes: tuple[str, ...]

    @property
    def words(self) -> str:
        """For messages."""
        if self.region == self.platform:
            return f"{self.platform:,.0f} requests/s"
        return f"{self.region:,.0f} of the {self.platform:,.0f} requests/s"


def demand(subject: Subject) -> Demand | None:
    """What the busiest region serves; None when the file promises no rate.

    Each geography's primary takes part; its partner serves when the primary cannot.
    """
    kpis = subject.platform.kpis
    rate = kpis.scalability.requests_per_second if kpis else None
    if rate is None or rate.value == 0:
        return None
    regions = len(subject.platform.regions)
    share = subject.platform.assumptions.busiest_region
    is_known = share is not None or regions == 1
    return Demand(
        platform=float(rate.value),
        region=rate.value * (share.ratio if share else 1 / regions),
        assumes=() if is_known else (f"assuming an even load on {regions} regions",),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The replicas of a service in one region: the fewest, the most, and what each may use."""

    service: str
    low: int
    high: int
    cpu: float | None  # cores that a replica is promised
    cpu_limit: float | None
    memory: float | None  # bytes that a replica is promised
    utilisation: float  # of the promised cores, at which the autoscaler adds replicas
    is_scaled: bool

    @property
    def path(self) -> str:
        """The service's key."""
        return f"services.{self.service}"

    @property
    def high_path(self) -> str:
        """The key that says how many replicas there are at most."""
        return f"{HPA}.max_replicas" if self.is_scaled else f"{self.path}.replicas"


def front(platform: Platform) -> tuple[str, ...]:
    """The services that requests are routed to; without routes the first takes everything."""
    routes = platform.mesh.routes if platform.mesh else ()
    hosts = (
        target.destination.host
        for virtual in routes
        for item in virtual.http
        for target in item.route
    )
    named = tuple(dict.fromkeys(host for host in hosts if host in platform.services))
    return named or tuple(platform.services)[:1]


def fleets(platform: Platform) -> tuple[Fleet, ...]:
    """Every service. The autoscaler is for those that requests are routed to."""
    scaler = platform.autoscaling.horizontal_pod_autoscaler if platform.autoscaling else None
    facing = front(platform)
    found = []
    for name, service in platform.services.items():
        requests, limits = service.resources.requests, service.resources.limits
        scaled = scaler if name in facing else None
        target = scaled.target_cpu_utilization if scaled else None
        found.append(
            Fleet(
                service=name,
                low=scaled.min_replicas if scaled else service.replicas,
                high=scaled.max_replicas if scaled else service.replicas,
                cpu=requests.cpu.cores if requests.cpu else None,
                cpu_limit=limits.cpu.cores if limits.cpu else None,
                memory=float(requests.memory.bytes) if requests.memory else None,
                utilisation=target.ratio if target and target.ratio else 1.0,
                is_scaled=scaled is not None,
            )
        )
    return tuple(found)


def facing_fleets(platform: Platform) -> tuple[Fleet, ...]:
    """The services that requests are routed to."""
    facing = front(platform)
    return tuple(fleet for fleet in fleets(platform) if fleet.service in facing)

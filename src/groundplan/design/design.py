"""The Design: the whole meaning of a platform file for one environment and some regions.

Frozen and total. It answers questions ("which replicas does this service have here?") so that no
target has to decide anything, and it is written to and read from JSON without loss.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, TypeAdapter

from groundplan.design.backups import Backups
from groundplan.design.drills import Drill
from groundplan.design.notifications import Receiver
from groundplan.design.objectives import Objective
from groundplan.design.parts import (
    AnyPart,
    Process,
    ScrapeJob,
    Service,
)
from groundplan.design.recovery import Recovery
from groundplan.design.scaling import Scaling
from groundplan.promise.promise import Promise
from groundplan.spec.environments import WITHOUT_OVERLAY

DEFAULT_ENVIRONMENT = WITHOUT_OVERLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDesign:
    """A region that runs: `role` is primary, partner (the failover target) or secondary."""

    name: str
    geography: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command that runs to its end once, before the parts that need it (a schema migration)."""

    name: str  # "mvlbim-api/migrate"
    service: str
    version: str
    process: Process
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Everything that runs, by name; the order of parts is the order of the file."""

    platform: str
    environment: str
    entry: str  # host:port of the edge
    regions: tuple[RegionDesign, ...]
    parts: tuple[Annotated[AnyPart, Field(discriminator="kind")], ...]
    jobs: tuple[Job, ...] = ()
    scrape_jobs: tuple[ScrapeJob, ...] = ()
    promises: tuple[Promise, ...] = ()
    recovery: Recovery = field(default_factory=Recovery)
    scaling: tuple[Scaling, ...] = ()  # services whose number of replicas follows their load
    objectives: tuple[Objective, ...] = ()
    pages: tuple[str, ...] = ()  # paths whose loading is timed in a browser
    backups: Backups = field(default_factory=Backups)
    drills: tuple[Drill, ...] = ()
    told: tuple[Receiver, ...] = ()  # of operations
    notes: tuple[str, ...] = ()  # what the file asks for that this design leaves out, and why

    def part(self, name: str) -> AnyPart:
        """The part of that name; KeyError when there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def at(self, site: str) -> tuple[AnyPart, ...]:
        """The parts of one site, in order."""
        return tuple(part for part in self.parts if part.site == site)

    def replicas(
        self, service: str, *, site: str, subset: str | None = None
    ) -> tuple[Service, ...]:
        """The replicas of a service in one region, of one subset or of all."""
        return tuple(
            part
            for part in self.parts
            if isinstance(part, Service)
            and part.service == service
            and part.site == site
            and subset in (None, part.subset)
        )

    def scrape(self, site: str) -> tuple[ScrapeJob, ...]:
        """The scrape jobs with the parts that the Prometheus of `site` is to scrape: replicas that
        were added to a service count as those beside them do."""
        here = [part for part in self.parts if part.site in (site, "global")]
        names = {part.name for part in here}
        more = [part for part in here if isinstance(part, Service) and part.is_additional]
        return tuple(
            ScrapeJob(
                name=job.name,
                metrics_path=job.metrics_path,
                interval_seconds=job.interval_seconds,
                parts=(
                    *(name for name in job.parts if name in names),
                    *(part.name for part in more if self._is_like(part, job)),
                ),
                extra=job.extra,
            )
            for job in self.scrape_jobs
        )

    def _is_like(self, added: Service, job: ScrapeJob) -> bool:
        """Whether a job has a replica of the same service, of the same side."""
        return any(
            (part.service, part.subset) == (added.service, added.subset)
            for part in self.parts
            if isinstance(part, Service) and part.name in job.parts
        )

    def waves(self) -> Iterator[tuple[AnyPart, ...]]:
        """Parts in start order: each wave needs only parts (and jobs) of earlier waves.

        A need that is not in this design counts as met: half of a platform can be stopped, too.
        """
        jobs = {job.name: job.needs for job in self.jobs}
        known = jobs.keys() | {part.name for part in self.parts}
        done: set[str] = set()
        left = list(self.parts)
        while left:
            done |= {name for name, needs in jobs.items() if known & set(needs) <= done}
            wave = tuple(part for part in left if known & set(part.needs) <= done)
            assert wave, f"needs form a cycle: {[part.name for part in left]}"
            yield wave
            done |= {part.name for part in wave}
            left = [part for part in left if part.name not in done]

    def to_json(self) -> bytes:
        """The design as JSON."""
        return _ADAPTER.dump_json(self, indent=1)

    @classmethod
    def from_json(cls, text: bytes) -> "Design":
        """The design that `to_json` wrote; pydantic.ValidationError for anything else."""
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(Design)

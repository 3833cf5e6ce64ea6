"""A target that only remembers, a small design for it, and a prompt to type verbs at."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from groundplan.cli import main
from groundplan.cli.asked.session import Session
from groundplan.design.design import Design, RegionDesign
from groundplan.design.parts import Alertmanager, AnyPart, Edge, Gateway, Prometheus, Redis, Role
from groundplan.design.plan import Plan, Sign, compare
from groundplan.errors import TargetError
from groundplan.targets.local.progress import Progress, Report, Stage
from groundplan.targets.local.target import PartStatus

FILE = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
environments:
  staging: { instance_type: t3.small, min_capacity: 1, max_capacity: 2 }
services:
  web:
    port: 8080
    command: serve {address}
"""


def _region(name: str, number: int) -> tuple[AnyPart, ...]:
    return (
        Gateway(
            name=f"{name}/gateway", site=name, address=f"127.60.{number}.1", upstreams=(), routes=()
        ),
        Redis(
            name=f"{name}/redis-1",
            site=name,
            address=f"127.60.{number}.2",
            role=Role.PRIMARY,
            master_name="cache",
            sentinels=(),
        ),
        Prometheus(
            name=f"{name}/prometheus",
            site=name,
            address=f"127.60.{number}.3",
            scrape_seconds=15,
            evaluation_seconds=15,
            retention_days=1,
            jobs=(),
            alertmanagers=(),
        ),
    )


DESIGN = Design(
    platform="shop",
    environment="production",
    entry="127.0.0.1:18099",
    regions=(
        RegionDesign(name="north", geography="europe", role="primary"),
        RegionDesign(name="south", geography="europe", role="partner"),
    ),
    parts=(
        Edge(name="global/edge", site="global", address="127.0.0.1", port=18099, gates=()),
        *_region("north", 1),
        *_region("south", 2),
    ),
    notes=("logging: this machine keeps logs in files",),
)
GREW = replace(
    DESIGN,
    parts=(
        *(replace(p, maxmemory_mb=512) if isinstance(p, Redis) else p for p in DESIGN.parts[1:]),
        Alertmanager(name="north/alertmanager", site="north", address="127.60.1.4"),
    ),
)

REFUSAL = TargetError(
    part="north/redis-1", doing="starting", why="port 6379 is taken", try_="stop the other one"
)


@dataclass
class FakeTarget:
    """`built` is what "runs" here; `refusal` is what every deed ends with."""

    folder: Path
    built: Design | None = None
    wanted: Design | None = None  # what plans are made to; None: what the file says
    ill: dict[str, str] = field(default_factory=dict)
    refusal: Exception | None = None
    is_unreadable: bool = False
    done: list[str] = field(default_factory=list)

    def applied(self) -> Design | None:
        if self.is_unreadable:
            raise REFUSAL
        return self.built

    def plan(self, design: Design) -> Plan:
        return compare(self.built, self.wanted or design)

    def up(self, design: Design, report: Report) -> Plan:
        if self.refusal:
            raise self.refusal
        plan = self.plan(design)
        for action in plan.actions:
            last = Stage.REMOVED if action.sign is Sign.DELETE else Stage.READY
            for stage in (Stage.WAITING, Stage.STARTING, last):
                report(_event(action.part, action.site, stage))
        self.done.append("up")
        self.built = self.wanted or design
        return plan

    def down(self, *, purge: bool, report: Report) -> None:
        if self.refusal:
            raise self.refusal
        for part in self.built.parts if self.built else ():
            report(_event(part.name, part.site, Stage.REMOVED))
        self.done.append("purge" if purge else "down")

    def status(self) -> tuple[PartStatus, ...]:
        return tuple(self._status(part) for part in self.built.parts) if self.built else ()

    def log_file(self, part: str) -> Path:
        if self.built is None:
            raise KeyError(part)
        return self.folder / "logs" / f"{self.built.part(part).name}.log"

    def _status(self, part: AnyPart) -> PartStatus:
        why = self.ill.get(part.name, "")
        return PartStatus(
            name=part.name,
            kind=part.kind,
            site=part.site,
            state="fatal" if why else "running",
            address=f"{part.address}:{getattr(part, 'port', 0)}",
            pid=None if why else 4711,
            since=None if why else 1_700_000_000.0,
            healthy=not why,
            because=why,
        )


def _event(part: str, site: str, stage: Stage) -> Progress:
    return Progress(part=part, site=site, stage=stage, message="", seconds=0.5)


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str


@dataclass
class Prompt:
    """A folder to type commands in, and the fake target they find."""

    folder: Path
    target: FakeTarget
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Told:
        self.capture.readouterr()
        session = Session(pick_target=lambda folder, source: self.target)
        code = main(list(words), session)
        said = self.capture.readouterr()
        return Told(code=code, out=said.out, err=said.err)

    def write(self, text: str = FILE) -> None:
        (self.folder / "platform.yaml").write_text(text)

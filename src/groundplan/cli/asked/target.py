"""Which target is meant: the one that a file describes, or what already runs on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import DEFAULT, path_of, read
from groundplan.design.design import DEFAULT_ENVIRONMENT, Design
from groundplan.design.parts import AnyPart
from groundplan.design.plan import Plan
from groundplan.errors import SpecError, TargetError
from groundplan.ports.folder import DESIGN
from groundplan.spec.load import Source
from groundplan.targets.local.folder import folder_of
from groundplan.targets.local.processes import launch
from groundplan.targets.local.progress import Report
from groundplan.targets.local.target import LocalTarget, PartStatus


class Target(Protocol):
    """What the verbs ask of a target."""

    @property
    def folder(self) -> Path:
        """Where it keeps the platform."""

    def applied(self) -> Design | None:
        """What was built."""

    def plan(self, design: Design) -> Plan:
        """What `up` would do."""

    def up(self, design: Design, report: Report) -> Plan:
        """Does it; returns what was done."""

    def down(self, *, purge: bool, report: Report) -> None:
        """Stops everything; with `purge` deletes it."""

    def status(self) -> tuple[PartStatus, ...]:
        """Every part as it is now."""

    def log_file(self, part: str) -> Path:
        """Where a part's output is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A platform in one environment and its target. `built` is what was built, if anything;
    `source` is its file, unless that is gone or wrong."""

    platform: str
    environment: str
    target: Target
    built: Design | None
    source: Source | None = None

    def __str__(self) -> str:
        return f"{self.platform} ({self.environment})"

    def wanted(self) -> Design | None:
        """What the last `up` set out to build: more than `built` when it did not end well."""
        try:
            return Design.from_json((self.target.folder / DESIGN).read_bytes())
        except (OSError, ValidationError):
            return self.built

    def parts(self) -> dict[str, AnyPart]:
        """Every part by name, built or only wanted: one that failed to start has a log, too."""
        designs = (self.wanted(), self.built)
        return {part.name: part for design in designs if design for part in design.parts}

    def log_file(self, part: str) -> Path:
        """Where the output of one of `parts` is kept."""
        try:
            return self.target.log_file(part)
        except KeyError:
            return launch.log_file(self.parts()[part], self.target.folder)


def target_of(session: Session, design: Design, source: Source) -> Target:
    """The target that a design is to be built on."""
    folder = folder_of(design.platform, design.environment)
    return _open(session, folder, source.path.absolute().parent)


def chosen(session: Session, file: str | None, environment: str | None) -> Chosen:
    """The platform of the file; without a file, or when it is wrong, the only one built here.

    What runs must be seen and stopped even when its file is gone or half edited.
    """
    if file is None and not Path(DEFAULT).exists():
        return _only(tuple(_all_built(session, environment)))
    try:
        source = read(session, file, environment)
    except SpecError:
        built = tuple(_all_built(session, environment))
        if len(built) != 1 or not path_of(file).exists():
            raise
        session.screen.note(
            f"note: the file is wrong (`groundplan check` says how); "
            f"this is {built[0]}, the one platform that is built here"
        )
        return built[0]
    platform, environment = source.platform.platform, source.environment or DEFAULT_ENVIRONMENT
    target = _open(session, folder_of(platform, environment), source.path.absolute().parent)
    return Chosen(
        platform=platform,
        environment=environment,
        target=target,
        built=target.applied(),
        source=source,
    )


def _open(session: Session, folder: Path, source: Path) -> Target:
    session.screen.detail(f"the platform's folder is {folder}")
    pick: Callable[[Path, Path], Target] = session.pick_target or LocalTarget
    return pick(folder, source)


def _only(built: tuple[Chosen, ...]) -> Chosen:
    match built:
        case (one,):
            return one
        case ():
            path_of(None)  # says that there is no file either
            raise AssertionError("a file appeared")
        case _:
            names = ", ".join(str(one) for one in built)
            raise Mistake(
                f"several platforms are built here: {names}",
                try_="the same in the folder of one of them, or with its FILE",
            )


def _all_built(session: Session, environment: str | None) -> Iterator[Chosen]:
    """Every platform that was built on this machine, in the environment if one is named."""
    home = folder_of("", "").parent
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        if not folder.is_dir():
            continue
        target = _open(session, folder, Path.cwd())
        try:
            design = target.applied()
        except TargetError:  # somebody else's folder, or half a one: not the one that is meant
            continue
        if design is not None and environment in (None, design.environment):
            yield Chosen(
                platform=design.platform,
                environment=design.environment,
                target=target,
                built=design,
            )

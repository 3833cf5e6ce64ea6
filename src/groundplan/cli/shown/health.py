"""What a platform's parts say about themselves, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import counted, lasted
from groundplan.design.design import Design
from groundplan.design.growth import Count, counts
from groundplan.design.parts import AnyPart, PartKind
from groundplan.targets.local.target import PartStatus

FRONT = "global"  # the site of the edge and the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A platform's parts at one moment. `design` is None when nothing was built."""

    platform: str
    environment: str
    design: Design | None
    parts: tuple[PartStatus, ...]
    troubles: Mapping[str, str] = field(default_factory=dict)  # what the agent says is wrong

    @property
    def is_whole(self) -> bool:
        """Whether something is built and all of it is healthy."""
        return bool(self.parts) and all(part.healthy for part in self.parts)

    def at(self, site: str) -> tuple[PartStatus, ...]:
        """The parts of one site."""
        return tuple(part for part in self.parts if part.site == site)

    def sites(self) -> tuple[tuple[str, str, str | None], ...]:
        """Name, role and address of each site: what stands in front, then the regions."""
        if self.design is None:
            return ()
        roles = {FRONT: FRONT} | {region.name: region.role for region in self.design.regions}
        leaving = {part.site: "leaving" for part in self.parts if part.site not in roles}
        return tuple(
            (name, role, self.design.entry if name == FRONT else _gateway(self.at(name)))
            for name, role in (roles | leaving).items()
        )


def with_missing(parts: tuple[PartStatus, ...], wanted: Design | None) -> tuple[PartStatus, ...]:
    """The parts that are there, and those that should be: an `up` may have been interrupted."""
    there = {part.name for part in parts}
    missing = (part for part in (wanted.parts if wanted else ()) if part.name not in there)
    return (*parts, *map(_missing, missing))


def _missing(part: AnyPart) -> PartStatus:
    return PartStatus(
        name=part.name,
        kind=part.kind,
        site=part.site,
        state="missing",
        address="",
        pid=None,
        since=None,
        healthy=False,
        because="the last `groundplan up` did not bring it up; the next one tries again",
    )


def as_text(health: Health, screen: Screen, *, now: float) -> str:
    """The overall truth in one line, then a table for each site."""
    blocks = [_truth(health, screen)]
    for name, role, _ in health.sites():
        title = name if name == role else f"{name} ({role})"
        rows = [_row(part, now) for part in health.at(name)]
        if rows:
            blocks.append(f"{screen.paint(title, Tone.STRONG)}\n{table(rows, screen)}")
    scaled = counts(health.design) if health.design else {}
    if scaled:
        lines = (f"  {place}: {_counted(count)}" for place, count in scaled.items())
        blocks.append("\n".join((screen.paint("replicas", Tone.STRONG), *lines)))
    if health.troubles:
        lines = (f"  {what}: {why}" for what, why in health.troubles.items())
        blocks.append("\n".join((screen.paint("the agent says", Tone.STRONG), *lines)))
    return "\n\n".join(blocks)


def as_json(health: Health) -> str:
    """The shape of `status -o json`. What stands in front of the regions is the first of them."""
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "platform": health.platform,
            "environment": health.environment,
            "entry": health.design.entry if health.design else None,
            "healthy": health.is_whole,
            "regions": [
                {
                    "name": name,
                    "role": role,
                    "address": address,
                    "parts": [_part(part) for part in health.at(name)],
                }
                for name, role, address in health.sites()
            ],
            "replicas": {
                place: asdict(count)
                for place, count in (counts(health.design) if health.design else {}).items()
            },
            "troubles": dict(health.troubles),
        },
        indent=1,
    )


def _truth(health: Health, screen: Screen) -> str:
    name = f"{health.platform} ({health.environment})"
    if not health.parts or health.design is None:
        return screen.paint(f"{name}: nothing is built here. `groundplan up` builds it.", Tone.BAD)
    total = counted(len(health.parts), "part")
    where = f"{total} in {counted(len(health.design.regions), 'region')}"
    if health.is_whole:
        return screen.paint(
            f"{name}: all {where} are healthy, http://{health.design.entry}", Tone.GOOD
        )
    if all(part.pid is None for part in health.parts):
        return screen.paint(f"{name} is down: none of its {where} runs.", Tone.BAD)
    ill = [part for part in health.parts if not part.healthy]
    verb = "is" if len(ill) == 1 else "are"
    return screen.paint(f"{name}: {len(ill)} of {where} {verb} not healthy", Tone.BAD)


def _counted(count: Count) -> str:
    if count.most is None:
        return f"{count.now}, for the load of another region, too; {count.least} of its own"
    return f"{count.now}, of {count.least} to {max(count.most, count.now)} as its load asks for"


def _row(part: PartStatus, now: float) -> Row:
    mark = Cell("ok", Tone.GOOD) if part.healthy else Cell("ill", Tone.BAD)
    since = lasted(now - part.since) if part.since is not None else "-"
    return (
        mark,
        part.name.removeprefix(f"{part.site}/"),
        part.kind.value,
        part.state,
        part.address or "-",
        str(part.pid) if part.pid else "-",
        since,
        Cell(part.because, Tone.BAD),
    )


def _gateway(parts: tuple[PartStatus, ...]) -> str | None:
    return next((part.address for part in parts if part.kind is PartKind.GATEWAY), None)


def _part(part: PartStatus) -> dict[str, object]:
    return {
        "name": part.name,
        "kind": part.kind.value,
        "state": part.state,
        "address": part.address,
        "pid": part.pid,
        "since": part.since,
        "healthy": part.healthy,
        "because": part.because,
    }

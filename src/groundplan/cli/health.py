"""What a platform's parts say about themselves, for people and for programs."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from groundplan.cli.options import FORMAT_VERSION
from groundplan.cli.screen import Screen, Tone
from groundplan.cli.table import Cell, Row, table
from groundplan.cli.words import counted, lasted
from groundplan.design.design import Design
from groundplan.design.parts import PartKind
from groundplan.targets.local.target import PartStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A platform's parts at one moment. `design` is None when nothing was built."""

    platform: str
    environment: str
    design: Design | None
    parts: tuple[PartStatus, ...]

    @property
    def is_whole(self) -> bool:
        """Whether something is built and all of it is healthy."""
        return bool(self.parts) and all(part.healthy for part in self.parts)

    def at(self, site: str) -> tuple[PartStatus, ...]:
        """The parts of one site."""
        return tuple(part for part in self.parts if part.site == site)

    @property
    def outside(self) -> tuple[PartStatus, ...]:
        """The parts that belong to no region: the edge, the agent."""
        inside = {region.name for region in self.design.regions} if self.design else set()
        return tuple(part for part in self.parts if part.site not in inside)


def as_text(health: Health, screen: Screen, *, now: float) -> str:
    """The overall truth in one line, then a table for each site."""
    blocks = [_truth(health, screen)]
    if health.outside:
        blocks.append(_block("in front of the regions", health.outside, screen, now))
    for region in health.design.regions if health.design else ():
        title = f"{region.name} ({region.role})"
        blocks.append(_block(title, health.at(region.name), screen, now))
    return "\n\n".join(blocks)


def as_json(health: Health) -> str:
    """The shape of `status -o json`; `parts` beside `regions` are those in front of them."""
    design = health.design
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "platform": health.platform,
            "environment": health.environment,
            "entry": design.entry if design else None,
            "healthy": health.is_whole,
            "regions": [
                {
                    "name": region.name,
                    "role": region.role,
                    "address": _gateway(health.at(region.name)),
                    "parts": [_part(part) for part in health.at(region.name)],
                }
                for region in (design.regions if design else ())
            ],
            "parts": [_part(part) for part in health.outside],
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


def _block(title: str, parts: tuple[PartStatus, ...], screen: Screen, now: float) -> str:
    rows = [_row(part, now) for part in parts]
    return f"{screen.paint(title, Tone.STRONG)}\n{table(rows, screen)}"


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
    since = datetime.fromtimestamp(part.since, UTC) if part.since is not None else None
    return {
        "name": part.name,
        "kind": part.kind.value,
        "state": part.state,
        "address": part.address,
        "pid": part.pid,
        "since": since.isoformat(timespec="seconds").replace("+00:00", "Z") if since else None,
        "healthy": part.healthy,
        "because": part.because,
    }

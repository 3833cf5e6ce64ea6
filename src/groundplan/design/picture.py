"""A picture of where a platform stands: who is in which region, who writes, who follows whom.

As plain SVG, without a script or a font of its own, or as Mermaid for a page of Markdown. The same
scene gives the same text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

from groundplan.design.design import Design
from groundplan.design.parts import Service

WIDTH, GAP, MARGIN = 420, 36, 24
LINE, HEAD, PAD = 18, 30, 12
LETTERS_MAX = 62
STYLE = """\
text { font: 12px sans-serif; fill: #1b1f24 } .head { font-weight: bold; font-size: 14px }
.title { font-weight: bold; font-size: 18px } rect { fill: #f6f8fa; stroke: #57606a; rx: 6px }
.writes { fill: #dafbe1; stroke: #1a7f37 } .outside { fill: #ddf4ff; stroke: #0969da }
path { fill: none; stroke: #57606a; marker-end: url(#tip) }
"""
TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><polygon points="0,0 8,4 0,8" fill="#57606a"/></marker>'
)
ROLES = {"primary": "writes", "partner": "takes over"}


class Form(StrEnum):
    """How it is written."""

    SVG = "svg"
    MERMAID = "mermaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A region: what stands in it, and the region that its database follows."""

    region: str
    geography: str
    role: str
    lines: tuple[str, ...]
    follows: str | None

    @property
    def head(self) -> str:
        """Its name and what it is for."""
        return f"{self.region}: {ROLES.get(self.role, 'reads')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Regions, and what is of none of them: an "edge" in front, a "standby" behind."""

    title: str
    boxes: tuple[Box, ...]
    outside: Mapping[str, str] = field(default_factory=dict)


def scene(design: Design) -> Scene:
    """What runs on this machine, region by region."""
    home = next((region.name for region in design.regions if region.role == "primary"), None)
    return Scene(
        title=f"{design.platform}, {design.environment}",
        boxes=tuple(
            Box(
                region=region.name,
                geography=region.geography,
                role=region.role,
                lines=tuple(_counted(design, region.name)),
                follows=home if _follows_home(design, region.name, home) else None,
            )
            for region in design.regions
        ),
        outside={"edge": f"http://{design.entry}"},
    )


def _counted(design: Design, region: str) -> Iterator[str]:
    kinds = Counter(
        part.service if isinstance(part, Service) else str(part.kind) for part in design.at(region)
    )
    yield from (f"{count} x {kind}" for kind, count in kinds.items())


def _follows_home(design: Design, region: str, home: str | None) -> bool:
    return region != home and any(part.kind == "postgres" for part in design.at(region))


def picture(shown: Scene, form: Form) -> str:
    """The scene as text of a form."""
    return svg(shown) if form is Form.SVG else mermaid(shown)


def mermaid(shown: Scene) -> str:
    """A flowchart: geographies around their regions, arrows from whom is written to."""
    lines = ["flowchart TB", f"  %% {shown.title}"]
    columns: dict[str, list[Box]] = {}
    for box in shown.boxes:
        columns.setdefault(box.geography, []).append(box)
    if "edge" in shown.outside:
        lines.append(f'  edge(["{_quoted(shown.outside["edge"])}"])')
    for geography, group in columns.items():
        lines.append(f'  subgraph {_id("g", geography)}["{_quoted(geography)}"]')
        for box in group:
            text = "<br/>".join(map(_quoted, (box.head, *box.lines)))
            lines.append(f'    {_id("r", box.region)}["{text}"]')
        lines.append("  end")
        if "edge" in shown.outside:
            lines.append(f"  edge --> {_id('r', group[0].region)}")
    names = {box.region for box in shown.boxes}
    for box in shown.boxes:
        if box.follows in names and box.follows:
            lines.append(f"  {_id('r', box.follows)} -. replica .-> {_id('r', box.region)}")
    if "standby" in shown.outside:
        lines.append(f'  standby["{_quoted(shown.outside["standby"])}"]')
    return "\n".join(lines) + "\n"


def _id(kind: str, name: str) -> str:
    """Words of Mermaid's own, such as `end`, are no names."""
    return f"{kind}_{''.join(letter if letter.isalnum() else '_' for letter in name)}"


def _quoted(text: str) -> str:
    return escape(text, quote=False).replace('"', "#quot;")


def svg(shown: Scene) -> str:
    """A column for each geography, its active region on top."""
    columns: dict[str, list[Box]] = {}
    for box in shown.boxes:
        columns.setdefault(box.geography, []).append(box)
    tall = max(HEAD + (1 + len(box.lines)) * LINE for box in shown.boxes)
    top = MARGIN + 40 + (70 if "edge" in shown.outside else 0)
    width = 2 * MARGIN + len(columns) * (WIDTH + GAP) - GAP
    rows = max(map(len, columns.values())) * (tall + GAP)
    height = top + rows + (80 if "standby" in shown.outside else 0) + MARGIN
    places = {
        box.region: (MARGIN + column * (WIDTH + GAP), top + row * (tall + GAP))
        for column, group in enumerate(columns.values())
        for row, box in enumerate(group)
    }
    body = [_text(MARGIN, MARGIN + 14, shown.title, "title")]
    body += _outside(shown.outside, width, height)
    for box in shown.boxes:
        x, y = places[box.region]
        kind = "writes" if box.role == "primary" else ""
        body += _box(x, y, tall, [box.head, *box.lines], kind=kind)
        if "edge" in shown.outside and y == top:
            body.append(_arrow(x + WIDTH // 2, top - 26, x + WIDTH // 2, top))
        body += _follows(box, places, tall)
    return (
        "<!-- From regions, services and stores of the platform file. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">\n'
        f"<style>{STYLE}</style>\n<defs>{TIP}</defs>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _outside(outside: Mapping[str, str], width: int, height: int) -> Iterator[str]:
    if "edge" in outside:
        told = ["edge", outside["edge"]]
        yield from _box(MARGIN, MARGIN + 32, 44, told, kind="outside", width=width - 2 * MARGIN)
    if "standby" in outside:
        told = ["standby", outside["standby"]]
        yield from _box(MARGIN, height - 80, 56, told, kind="outside", width=width - 2 * MARGIN)


def _box(
    x: int, y: int, height: int, lines: list[str], *, kind: str, width: int = WIDTH
) -> Iterator[str]:
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>'
    letters = LETTERS_MAX if width == WIDTH else 4 * LETTERS_MAX
    for number, line in enumerate(lines):
        short = line if len(line) <= letters else f"{line[: letters - 3]}..."
        yield _text(x + PAD, y + 20 + number * LINE, short, "" if number else "head")


def _follows(box: Box, places: Mapping[str, tuple[int, int]], tall: int) -> Iterator[str]:
    """An arrow from the primary's server to this one's."""
    if box.follows in places and box.follows:
        (x, y), (to_x, to_y) = places[box.follows], places[box.region]
        if x == to_x:
            yield _arrow(x + WIDTH // 2, y + tall, to_x + WIDTH // 2, to_y)
        else:
            # Between the boxes: below the primary, along the row, then up or down beside its own.
            lane, beside, middle = y + tall + GAP // 2, to_x - GAP // 2, to_y + tall // 2
            begin = x + WIDTH - GAP
            points = ((begin, y + tall), (begin, lane), (beside, lane), (beside, middle))
            yield _arrow(*(number for point in (*points, (to_x, middle)) for number in point))


def _arrow(*numbers: int) -> str:
    """Through points, x and y in turn."""
    points = zip(numbers[::2], numbers[1::2], strict=True)
    return f'<path d="M {" L ".join(f"{x} {y}" for x, y in points)}"/>'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'

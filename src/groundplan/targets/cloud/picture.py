"""topology/: a picture of each environment, from the design: who stands where, who follows whom.

Plain SVG without a script or a font of its own; it is the same for the same file.
"""

from collections.abc import Iterator
from html import escape

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.stores import postgres
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.told import beyond, site

TOP = "topology"
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


def files(clusters: tuple[Cluster, ...], environment: str | None) -> Iterator[File]:
    """One for each environment."""
    for name in dict.fromkeys(cluster.site.environment for cluster in clusters):
        if environment in (None, name):
            here = tuple(cluster for cluster in clusters if cluster.site.environment == name)
            is_last = name == clusters[-1].site.environment
            yield File(
                path=f"{TOP}/{name}.svg",
                text=svg(here, dict(beyond(clusters)) if is_last else {}),
                environment=name,
            )


def svg(here: tuple[Cluster, ...], outside: dict[str, str]) -> str:
    """The picture of an environment: a column for each geography, its active region on top."""
    columns: dict[str, list[Cluster]] = {}
    for cluster in here:
        columns.setdefault(cluster.site.geography, []).append(cluster)
    tall = max(_height(_lines(cluster)) for cluster in here)
    rows = max(map(len, columns.values()))
    top = MARGIN + 40 + (70 if "edge" in outside else 0)
    width = 2 * MARGIN + len(columns) * (WIDTH + GAP) - GAP
    height = top + rows * (tall + GAP) + (80 if "standby" in outside else 0) + MARGIN
    places = {
        cluster.site.region: (MARGIN + column * (WIDTH + GAP), top + row * (tall + GAP))
        for column, group in enumerate(columns.values())
        for row, cluster in enumerate(group)
    }
    first = here[0].site
    body = [_text(MARGIN, MARGIN + 14, f"{first.platform}, {first.environment}", "title")]
    body += _outside(outside, width, height)
    for cluster in here:
        x, y = places[cluster.site.region]
        kind = "writes" if cluster.site.is_home else ""
        body += _box(x, y, tall, _lines(cluster), kind=kind)
        if "edge" in outside and y == top:
            body.append(_arrow(x + WIDTH // 2, top - 26, x + WIDTH // 2, top))
        body += _follows(cluster, places, tall)
    return (
        "<!-- From regions, services and stores of the platform file. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">\n'
        f"<style>{STYLE}</style>\n<defs>{TIP}</defs>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _lines(cluster: Cluster) -> list[str]:
    role = {"primary": "writes", "partner": "takes over"}.get(cluster.site.role, "reads")
    return [f"{cluster.site.region}: {role}", *site(cluster)]


def _outside(outside: dict[str, str], width: int, height: int) -> Iterator[str]:
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


def _follows(cluster: Cluster, places: dict[str, tuple[int, int]], tall: int) -> Iterator[str]:
    """An arrow from the primary's server to this one's."""
    server = postgres(cluster.platform, cluster.site, cluster.home)
    if server and server.replicates in places:
        (x, y), (to_x, to_y) = places[server.replicates], places[cluster.site.region]
        if x == to_x:
            yield _arrow(x + WIDTH // 2, y + tall, to_x + WIDTH // 2, to_y)
        else:
            # Between the boxes: below the primary, along the row, then up or down beside its own.
            lane, beside, middle = y + tall + GAP // 2, to_x - GAP // 2, to_y + tall // 2
            begin = x + WIDTH - GAP
            points = ((begin, y + tall), (begin, lane), (beside, lane), (beside, middle))
            yield _arrow(*(number for point in (*points, (to_x, middle)) for number in point))


def _height(lines: list[str]) -> int:
    return HEAD + len(lines) * LINE


def _arrow(*numbers: int) -> str:
    """Through points, x and y in turn."""
    points = zip(numbers[::2], numbers[1::2], strict=True)
    return f'<path d="M {" L ".join(f"{x} {y}" for x, y in points)}"/>'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'

"""`groundplan plan --target cloud`: what there would be, what it costs, what files would change."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from groundplan.checks.cost import Scale, estimate
from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import environments
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Tone
from groundplan.cli.terminal.words import amount, counted
from groundplan.design.picture import Scene
from groundplan.spec.load import Source
from groundplan.targets.cloud import picture
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.folder import Difference, compare
from groundplan.targets.cloud.render import clusters, render
from groundplan.targets.cloud.told import beyond, site

FORMAT = "1.0"
Range = tuple[float, float]


def planned(
    session: Session,
    file: str | None,
    source: Source,
    *,
    environment: str | None,
    folder: Path | None,
    output: str,
    detailed: bool,
) -> Exit:
    """Prints it; `detailed`: exit 2 when files of the folder would change."""
    sources = environments(session, file, source)
    atlas = FactsAtlas(subject_of(source).facts)
    every = tuple(clusters(sources, atlas))
    shown = tuple(c for c in every if environment in (None, c.site.environment))
    months = {each.environment or "": _months(each) for each in sources}
    found = (
        list(compare(folder, render(sources, atlas, environment), environment)) if folder else []
    )
    if output == "json":
        session.screen.data(json.dumps(_as_json(shown, every, months, found), indent=1))
    else:
        for line in _lines(session, shown, every, months):
            session.screen.data(line)
        if folder:
            session.screen.data(_changes(folder, found))
    return Exit.DIFFERENT if detailed and found else Exit.FINE


def scene_of(session: Session, file: str | None, source: Source) -> Scene:
    """The environment that was asked for, or the one with users."""
    sources = environments(session, file, source)
    every = tuple(clusters(sources, FactsAtlas(subject_of(source).facts)))
    return picture.scene(every, source.environment or every[-1].site.environment)


def _months(source: Source) -> dict[str, Range]:
    """By region of the estimate, from the smallest to the largest that may run."""
    facts = subject_of(source).facts
    low, high = (
        estimate(source.platform, facts, scale=scale, environment=source.environment)
        for scale in (Scale.MIN, Scale.MAX)
    )
    return {
        region: (float(low.by_region.get(region, 0)), float(high.by_region.get(region, 0)))
        for region in high.regions
    }


def _lines(
    session: Session,
    shown: tuple[Cluster, ...],
    every: tuple[Cluster, ...],
    months: dict[str, dict[str, Range]],
) -> Iterator[str]:
    screen, environment = session.screen, None
    for cluster in shown:
        place = cluster.site
        regions = months.get(place.environment) or next(iter(months.values()))
        if place.environment != environment:
            environment = place.environment
            low, high = (sum(each[n] for each in regions.values()) for n in (0, 1))
            yield screen.paint(f"{environment}: {_dollars(low, high)}", Tone.STRONG)
        role = {"primary": "writes", "partner": "takes over"}.get(place.role, "reads")
        cost = regions.get(place.region)
        told = _dollars(*cost) if cost else f"not in the estimate, which has {', '.join(regions)}"
        yield f"  {place.region} ({role}): {told}"
        yield from (f"    {line}" for line in site(cluster))
    for name, what in beyond(every):
        yield f"{name}: {what}"


def _dollars(low: float, high: float) -> str:
    if round(low) == round(high):
        return f"{amount(round(low), 'USD')} a month"
    return f"{amount(round(low), 'USD')} to {amount(round(high), 'USD')} a month"


def _changes(folder: Path, found: list[Difference]) -> str:
    if not found:
        return f"\n{folder}: as it would be rendered"
    count = Counter(each.sign.value for each in found)
    signs = ", ".join(f"{count[sign]} {sign}" for sign in ("+", "~", "-") if count[sign])
    places = Counter(_place(each.path) for each in found)
    told = "".join(f"\n  {place}: {counted(n, 'file')}" for place, n in sorted(places.items()))
    return f"\n{folder}: {counted(len(found), 'file')} would change ({signs}){told}"


def _place(path: str) -> str:
    """The folder that a reader would look into."""
    parts = path.split("/")
    if parts[:2] == ["gitops", "apps"]:
        return "/".join(parts[:4])
    return "/".join(parts[: 4 if parts[:2] == ["terraform", "live"] else 3][:-1]) or path


def _as_json(
    shown: tuple[Cluster, ...],
    every: tuple[Cluster, ...],
    months: dict[str, dict[str, Range]],
    found: list[Difference],
) -> dict[str, object]:
    return {
        "format_version": FORMAT,
        "sites": [
            {
                "environment": cluster.site.environment,
                "region": cluster.site.region,
                "role": cluster.site.role,
                "usd_a_month": list(
                    (months.get(cluster.site.environment) or {}).get(cluster.site.region, ())
                ),
                "parts": list(site(cluster)),
            }
            for cluster in shown
        ],
        "beyond": dict(beyond(every)),
        "changes": [{"sign": each.sign.value, "path": each.path} for each in found],
    }

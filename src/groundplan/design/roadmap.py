"""What each item of the file's timeline is made of, and how far it is: written, built, kept.

An item is a sentence of the team's. Its words say which sections of the file it is about, and which
promises show that it is done. A file without a timeline has an item for each section that promises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from groundplan.promise.promise import Verdict
from groundplan.promise.standing import Standing
from groundplan.spec.platform import Platform


class Stage(StrEnum):
    """How far an item is. UNTOLD: no word of it is known. BROKEN: a promise of it is."""

    UNTOLD = "untold"
    OPEN = "open"
    WRITTEN = "written"
    BUILT = "built"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Sign:
    """Words of an item, the sections that it is then about, and what its promises begin with.
    `is_here`: whether this machine has such a thing at all."""

    words: tuple[str, ...]
    sections: tuple[str, ...]
    promises: tuple[str, ...] = ()
    is_here: bool = True


SIGNS = (
    Sign(("infrastructure", "network", "landing zone"), ("regions", "environments")),
    Sign(("orchestration", "kubernetes", "container", "cluster"), ("services",)),
    Sign(("ci/cd", "pipeline", "delivery", "deployment automation"), ("pipeline",), is_here=False),
    Sign(("canary", "blue-green", "rollout"), ("deployment_strategy", "canary_deployment")),
    Sign(("monitoring", "alert", "metric"), ("prometheus",), ("prometheus.", "kpis.availability")),
    Sign(("logging", " logs"), ("logging",), ("retention.",)),
    Sign(("tracing", "traces"), ("jaeger",), ("retention.traces",)),
    Sign(("auto-scal", "autoscal", "auto scal"), ("autoscaling",), is_here=False),
    Sign(("multi-region", "multi region"), ("regions",), ("disaster_recovery.rpo.",)),
    Sign(("performance", "latency"), ("kpis",), ("kpis.performance.",)),
    Sign(
        ("disaster", "recovery", "failover", "backup"),
        ("disaster_recovery", "backup"),
        ("disaster_recovery.", "backup.", "primary_database.backup."),
    ),
    Sign(("security", "hardening", "firewall"), ("vpc_security", "waf")),
    Sign(("compliance", "audit"), ("retention",), ("retention.", "data_lake.")),
    Sign(("data lake", "analytics"), ("data_lake",), ("data_lake.",)),
    Sign(("cost", "budget", "finops"), ("cost_monitoring",), ("cost_monitoring.",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item, how far it is, and why."""

    phase: str
    months: str
    task: str
    stage: Stage
    because: str
    promises: tuple[str, ...] = ()


def roadmap(
    platform: Platform, standings: Sequence[Standing], *, is_built: bool
) -> tuple[Item, ...]:
    """Every item, in the order of the file."""
    return tuple(_items(platform, standings, is_built=is_built))


def _items(platform: Platform, standings: Sequence[Standing], *, is_built: bool) -> Iterator[Item]:
    for phase in platform.implementation_timeline:
        for task in phase.tasks:
            words = task.casefold()
            signs = [
                _here(sign, platform) for sign in SIGNS if any(word in words for word in sign.words)
            ]
            yield _item(
                (phase.name, phase.months, task), platform, signs, standings, is_built=is_built
            )
    if not platform.implementation_timeline:
        for section in dict.fromkeys(each.promise.id.partition(".")[0] for each in standings):
            sign = Sign((), (section,), (f"{section}.",))
            yield _item(("", "", section), platform, [sign], standings, is_built=is_built)


def _here(sign: Sign, platform: Platform) -> Sign:
    """The file may say that its autoscaler holds on this machine, too."""
    scales = "autoscaling" in sign.sections and platform.local.max_replicas is not None
    return replace(sign, is_here=True) if scales else sign


def _item(
    names: tuple[str, str, str],
    platform: Platform,
    signs: list[Sign],
    standings: Sequence[Standing],
    *,
    is_built: bool,
) -> Item:
    begins = tuple(begin for sign in signs for begin in sign.promises)
    found = [each for each in standings if begins and each.promise.id.startswith(begins)]
    lacking = [
        section
        for section in dict.fromkeys(section for sign in signs for section in sign.sections)
        if not getattr(platform, section)
    ]
    stage, because = _stage(signs, lacking, found, is_built=is_built)
    phase, months, task = names
    return Item(
        phase=phase,
        months=months,
        task=task,
        stage=stage,
        because=because,
        promises=tuple(each.promise.id for each in found),
    )


def _stage(
    signs: list[Sign], lacking: list[str], found: list[Standing], *, is_built: bool
) -> tuple[Stage, str]:
    if not signs:
        return Stage.UNTOLD, "no word of it names a section of the file or a promise"
    if lacking:
        return Stage.OPEN, f"the file has no {' and no '.join(lacking)}"
    by = {verdict: [e for e in found if e.verdict is verdict] for verdict in Verdict}
    if by[Verdict.BROKEN]:
        broken = ", ".join(each.promise.id for each in by[Verdict.BROKEN])
        return Stage.BROKEN, f"broken: {broken}"
    if not is_built:
        return Stage.WRITTEN, "in the file, and not built here yet"
    if not all(sign.is_here for sign in signs):
        return Stage.WRITTEN, "rendered for the cloud, and nothing that runs on this machine"
    if not found:
        return Stage.BUILT, "built here; no promise of the file tells more"
    count = f"{len(by[Verdict.KEPT])} of {len(found)} promises are kept"
    if by[Verdict.UNKNOWN]:
        first = by[Verdict.UNKNOWN][0].promise.id
        return Stage.BUILT, f"built here; {count}, the first that nobody has measured: {first}"
    return Stage.KEPT, f"built here; {count}, by measurement"

"""A folder of parts' output, its store, and what is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.collect import Collector, Round
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.record import LogSource
from groundplan.operations.observe.logs.search import Search
from groundplan.parquet.store import Store

NOW = 1_795_600_800.0  # 2026-11-25 10:00
CLASSES = (
    LogClass(name="application", keep="90 days", filters=("grok", "mutate")),
    LogClass(name="security", keep="1 year", filters=("security-enrichment",)),
    LogClass(name="audit", keep="7 years", filters=()),
    LogClass(name="debug", keep="7 days", filters=("grok", "mutate")),
)


def source(part: str = "north/shop-1", kind: str = "service") -> LogSource:
    return LogSource(part=part, site=part.partition("/")[0], kind=kind, service="shop")


def write(folder: Path, data: bytes, part: str = "north/shop-1") -> None:
    path = folder / "logs" / f"{part}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(data)


@contextmanager
def collecting(
    folder: Path, *sources: LogSource, hot: bool = True, classes: tuple[LogClass, ...] = CLASSES
) -> Iterator[Collector]:
    with Store(folder / "store") as store:
        index = Hot(folder / "store") if hot else None
        collector = Collector(folder / "logs", store, classes, hot=index)
        collector.follow(sources or (source(),))
        yield collector
        if index:
            index.close()


def collected(collector: Collector, *, now: float = NOW, since: float = NOW - 6 * 3600) -> Round:
    """Rounds until it is quiet; what they did together."""
    rounds = [collector.round(now, hot_since=since) for _ in range(3)]
    while not rounds[-1].is_all:
        rounds.append(collector.round(now, hot_since=since))
    return Round(
        records=sum(each.records for each in rounds),
        unparsable=sum(each.unparsable for each in rounds),
        is_all=True,
    )


def found(folder: Path, query: str = "", **given: Any) -> list[dict[str, Any]]:
    """What a search finds, oldest first."""
    question = Question(terms=terms(query), **{"limit": 0, **given})
    return list(Search(folder / "store").newest(question))[::-1]


def messages(folder: Path, query: str = "", **given: Any) -> list[str]:
    return [each["message"] for each in found(folder, query, **given)]

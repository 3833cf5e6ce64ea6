"""Asks every region's Prometheus what its objectives counted, and which alerts it has."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from groundplan.agent.sampling.line import Line
from groundplan.agent.sampling.prometheus import name_of, vector
from groundplan.agent.sampling.seen import Away
from groundplan.design.burn import PERIOD_DAYS
from groundplan.design.design import Design
from groundplan.design.objectives import Objective
from groundplan.design.parts import Alertmanager, Prometheus
from groundplan.design.rules import WATCHDOG
from groundplan.operations.observe.budget import Budget, Counts, budget

SECONDS = 5.0
T = TypeVar("T")
Watcher = Prometheus | Alertmanager
Asked = tuple[tuple[T, ...], tuple[Away, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that is pending or fires in a region."""

    name: str
    region: str
    state: str  # "pending" or "firing"
    since: str
    labels: tuple[tuple[str, str], ...]
    summary: str
    runbook: str

    @property
    def severity(self) -> str:
        """page, ticket or none."""
        return dict(self.labels).get("severity", "none")


def budgets(design: Design) -> Asked[Budget]:
    """How each objective stands over all regions, and the regions that did not answer."""
    servers = [part for part in design.parts if isinstance(part, Prometheus)]
    answers, away = _each(servers, lambda part, line: _counts(design.objectives, line))
    found = tuple(
        budget(
            objective,
            period=[answer[objective.name][0] for answer in answers],
            hour=[answer[objective.name][1] for answer in answers],
        )
        for objective in design.objectives
    )
    return found, away


def alerts(design: Design) -> Asked[Alert]:
    """Every alert but the watchdogs; a region whose watchdog does not arrive is away."""
    servers = [part for part in design.parts if isinstance(part, Prometheus)]
    found, away = _each(servers, _alerts)
    arrivals = [part for part in design.parts if isinstance(part, Alertmanager)]
    watched, deaf = _each(arrivals, _has_watchdog)
    silent = tuple(
        Away(
            name=f"the Alertmanager of {region}",
            why=f"its {WATCHDOG} does not arrive: nobody would be told",
        )
        for region, is_there in watched
        if not is_there
    )
    return tuple(alert for answer in found for alert in answer), (*away, *deaf, *silent)


def _each(parts: Iterable[Watcher], ask: Callable[[Any, Line], T]) -> Asked[T]:
    """All at the same time, each within its bound."""
    servers = list(parts)
    if not servers:
        return (), ()
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        answers = list(pool.map(lambda part: _asked(part, ask), servers))
    return (
        tuple(answer for answer in answers if not isinstance(answer, Away)),
        tuple(answer for answer in answers if isinstance(answer, Away)),
    )


def _asked(part: Watcher, ask: Callable[[Any, Line], T]) -> T | Away:
    line = Line(part.address, part.port, seconds=SECONDS)
    try:
        return ask(part, line)
    except (OSError, ValueError, KeyError, TypeError) as error:
        called = name_of(part.site)
        if isinstance(part, Alertmanager):
            called = called.replace("Prometheus", "Alertmanager")
        return Away(name=called, why=str(error))
    finally:
        line.close()


def _counts(objectives: Iterable[Objective], line: Line) -> dict[str, tuple[Counts, Counts]]:
    return {
        each.name: (_over(each, f"{PERIOD_DAYS}d", line), _over(each, "1h", line))
        for each in objectives
    }


def _over(objective: Objective, window: str, line: Line) -> Counts:
    bad, total = (
        _number(objective.over(query, window).replace("rate(", "increase("), line)
        for query in (objective.bad, objective.total)
    )
    return Counts(bad=max(bad, Decimal(0)), total=total)


def _number(query: str, line: Line) -> Decimal:
    status, body = line.get(f"/api/v1/query?{urlencode({'query': query})}")
    # `increase` estimates what a window would have held; requests come in whole ones.
    return Decimal(round(sum(value for _, value in vector(status, body))))


def _alerts(part: Prometheus, line: Line) -> tuple[Alert, ...]:
    _, body = line.get("/api/v1/alerts")
    return tuple(
        _alert(item, part.site)
        for item in json.loads(body)["data"]["alerts"]
        if item["labels"]["alertname"] != WATCHDOG
    )


def _alert(item: dict[str, Any], region: str) -> Alert:
    labels = {key: value for key, value in item["labels"].items() if key != "alertname"}
    return Alert(
        name=item["labels"]["alertname"],
        region=region,
        state=item["state"],
        since=item["activeAt"],
        labels=tuple(sorted(labels.items())),
        summary=item["annotations"].get("summary", ""),
        runbook=item["annotations"].get("runbook", ""),
    )


def _has_watchdog(part: Alertmanager, line: Line) -> tuple[str, bool]:
    _, body = line.get("/api/v2/alerts")
    return part.site, any(item["labels"].get("alertname") == WATCHDOG for item in json.loads(body))

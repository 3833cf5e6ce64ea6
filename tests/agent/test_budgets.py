"""What regions say of budgets and alerts; who does not answer is named, never counted as fine."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from agent.stub import Answer, Stub, design_of, nobody, result

from groundplan.agent.sampling.budgets import alerts, budgets
from groundplan.design.design import Design
from groundplan.design.objectives import Objective
from groundplan.design.parts import Alertmanager
from groundplan.design.rules import WATCHDOG

Serve = Callable[[Answer], Stub]
OBJECTIVE = Objective(
    name="availability",
    promise="kpis.availability.target",
    statement="99.9% of all requests are served",
    target=Decimal("0.999"),
    bad="sum(rate(bad[$window]))",
    total="sum(rate(all[$window]))",
)


def counting(path: str) -> tuple[int, bytes]:
    is_bad, is_hour = "bad" in path, "1h" in path
    value = ("1" if is_hour else "2.4") if is_bad else ("100" if is_hour else "10000.2")
    return 200, result(({}, value))


def design(port: int, alertmanager: int | None = None) -> Design:
    more = Alertmanager(
        name="north/alertmanager", site="north", address="127.60.0.1", port=alertmanager or 0
    )
    found = design_of(prometheus=port, more=(more,) if alertmanager else ())
    return replace(found, objectives=(OBJECTIVE,))


def test_a_region_is_asked_for_both_windows(serve: Serve) -> None:
    stub = serve(counting)
    (found,), away = budgets(design(stub.port))
    assert away == ()
    assert (found.period.bad, found.period.total) == (2, 10_000)
    assert found.burn == 10
    assert any("increase%28bad%5B30d" in path for path in stub.asked)


def test_a_region_that_does_not_answer_is_named() -> None:
    (found,), (away,) = budgets(design(nobody()))
    assert found.period.total == 0
    assert away.name == "the Prometheus of north"


def fired(name: str, severity: str) -> dict[str, object]:
    return {
        "labels": {"alertname": name, "severity": severity, "slo": "availability"},
        "annotations": {"summary": "it burns", "runbook": "docs/runbooks/error-budget.md"},
        "state": "firing",
        "activeAt": "2026-11-25T21:00:00Z",
    }


def firing(path: str) -> tuple[int, bytes]:
    found = [fired("ErrorBudgetBurnsFast", "page"), fired(WATCHDOG, "none")]
    return 200, json.dumps({"status": "success", "data": {"alerts": found}}).encode()


def arrived(*names: str) -> Answer:
    body = json.dumps([{"labels": {"alertname": name}} for name in names]).encode()
    return lambda path: (200, body)


def test_alerts_are_shown_without_the_watchdog(serve: Serve) -> None:
    found, away = alerts(design(serve(firing).port, serve(arrived(WATCHDOG)).port))
    assert [(alert.name, alert.region, alert.severity) for alert in found] == [
        ("ErrorBudgetBurnsFast", "north", "page")
    ]
    assert found[0].runbook == "docs/runbooks/error-budget.md"
    assert away == ()


def test_a_watchdog_that_does_not_arrive_is_told(serve: Serve) -> None:
    _, away = alerts(design(serve(firing).port, serve(arrived("Other")).port))
    assert [each.name for each in away] == ["the Alertmanager of north"]
    assert "nobody would be told" in away[0].why


def test_an_answer_that_is_none_is_no_all_clear(serve: Serve) -> None:
    _, away = alerts(design(serve(lambda path: (200, b"<html>")).port, nobody()))
    assert len(away) == 2

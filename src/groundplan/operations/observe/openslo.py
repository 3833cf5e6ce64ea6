"""Objectives as OpenSLO v1 documents, for the tools that read those."""

import re
from collections.abc import Iterator
from typing import Any

from groundplan.design.burn import PERIOD_DAYS, Window, plain, windows
from groundplan.design.design import Design
from groundplan.design.objectives import Objective

VERSION = "openslo/v1"
RATE_WINDOW = "5m"


def documents(design: Design) -> Iterator[dict[str, Any]]:
    """The service, its data source, whom to tell; then each objective and its alert policies."""
    yield _document(
        "DataSource",
        _source(design),
        {"type": "Prometheus", "connectionDetails": {}},
    )
    yield _document("Service", design.platform, {"description": f"The platform {design.platform}"})
    for told in sorted({each.notify for each in design.objectives if each.notify}):
        yield _document("AlertNotificationTarget", _name(told), {"target": told})
    for objective in design.objectives:
        yield _slo(design, objective)
        for window in _windows(objective):
            yield _policy(objective, window)


def _slo(design: Design, objective: Objective) -> dict[str, Any]:
    source = _source(design)
    return _document(
        "SLO",
        _name(objective.name),
        {
            "description": objective.statement,
            "service": design.platform,
            "indicator": {
                "metadata": {"name": f"{_name(objective.name)}-indicator"},
                "spec": {
                    "ratioMetric": {
                        "counter": False,
                        "bad": _query(objective, objective.bad, source),
                        "total": _query(objective, objective.total, source),
                    }
                },
            },
            "timeWindow": [{"duration": f"{PERIOD_DAYS}d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": objective.statement, "target": float(objective.target)}],
            "alertPolicies": [
                {"alertPolicyRef": _policy_name(objective, window)}
                for window in _windows(objective)
            ],
        },
    )


def _policy(objective: Objective, window: Window) -> dict[str, Any]:
    """A policy has one condition, and a condition one window, so each pair gets its own."""
    name = _policy_name(objective, window)
    condition = {
        "kind": "burnrate",
        "op": "gt",
        "threshold": float(window.burn),
        "lookbackWindow": window.long,
        "alertAfter": window.short,
    }
    return _document(
        "AlertPolicy",
        name,
        {
            "description": f"{objective.name} burns {plain(window.burn)}x too fast",
            "alertWhenNoData": False,
            "alertWhenResolved": True,
            "alertWhenBreaching": True,
            "conditions": [
                {
                    "kind": "AlertCondition",
                    "metadata": {"name": f"{name}-condition"},
                    "spec": {"severity": window.severity, "condition": condition},
                }
            ],
            "notificationTargets": (
                [{"targetRef": _name(objective.notify)}] if objective.notify else []
            ),
        },
    )


def _query(objective: Objective, query: str, source: str) -> dict[str, Any]:
    return {
        "metricSource": {
            "metricSourceRef": source,
            "type": "Prometheus",
            "spec": {"query": objective.over(query, RATE_WINDOW)},
        }
    }


def _windows(objective: Objective) -> tuple[Window, ...]:
    budget = objective.budget
    return (*windows("page", budget), *windows("ticket", budget))


def _policy_name(objective: Objective, window: Window) -> str:
    return f"{_name(objective.name)}-{window.severity}-{window.long}"


def _source(design: Design) -> str:
    return f"{design.platform}-prometheus"


def _name(text: str) -> str:
    """A name as OpenSLO takes it: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}

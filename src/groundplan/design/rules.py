"""Prometheus rules from objectives: the ratios of failures, and who is told when budgets burn.

Every ratio is the failures of a window over the requests of that window, so a busy minute counts
for more than a quiet one. Rules are plain data here; a target writes them in its own form.
"""

from collections.abc import Iterable
from typing import Any

from groundplan.design.burn import FAILURES_MIN, WINDOWS, Window, plain, windows
from groundplan.design.objectives import Objective

Rule = dict[str, Any]
RUNBOOKS = "docs/runbooks"  # a page for each alert
WATCHDOG = "Watchdog"


def groups(objectives: Iterable[Objective]) -> list[dict[str, Any]]:
    """The groups of a rule file: one for each objective, and what watches the watching."""
    return [
        *({"name": f"slo-{each.name}", "rules": rules(each)} for each in objectives),
        {"name": "monitoring", "rules": _monitoring()},
    ]


def rules(objective: Objective) -> list[Rule]:
    """What is recorded of an objective, and who is told when its budget burns."""
    shorts = [window.short for window in WINDOWS]
    longs = [window.long for window in WINDOWS]
    return [
        *(_ratio(objective, window) for window in dict.fromkeys((*shorts, *longs))),
        *(_failures(objective, window) for window in longs),
        *(
            _alert(objective, severity, found)
            for severity in ("page", "ticket")
            if (found := windows(severity, objective.budget))
        ),
    ]


def _ratio(objective: Objective, window: str) -> Rule:
    bad, total = (objective.over(query, window) for query in (objective.bad, objective.total))
    return {
        "record": f"slo:bad:ratio_rate{window}",
        "expr": f"{bad} / {total}",
        "labels": objective.labels,
    }


def _failures(objective: Objective, window: str) -> Rule:
    return {
        "record": f"slo:bad:increase{window}",
        "expr": objective.over(objective.bad, window).replace("rate(", "increase("),
        "labels": objective.labels,
    }


def _alert(objective: Objective, severity: str, found: tuple[Window, ...]) -> Rule:
    labels = {"severity": severity, **objective.labels}
    if objective.notify:
        labels["notify"] = objective.notify
    told = " or ".join(f"{plain(window.burn)}x over {window.long}" for window in found)
    return {
        "alert": "ErrorBudgetBurnsFast" if severity == "page" else "ErrorBudgetBurns",
        "expr": "\nor\n".join(_burns(objective, window) for window in found) + "\n",
        "labels": labels,
        "annotations": {
            "summary": f"{_whose(objective)} burns its error budget: {objective.statement}",
            "description": f"{{{{ $value | humanizePercentage }}}} failed; told at {told}",
            "runbook": f"{RUNBOOKS}/error-budget.md",
        },
    }


def _whose(objective: Objective) -> str:
    of = f"{objective.service}: " if objective.service else ""
    return f"{of}{objective.name}"


def _burns(objective: Objective, window: Window) -> str:
    slo = "{" + ",".join(f'{key}="{word}"' for key, word in objective.labels.items()) + "}"
    limit = plain(window.threshold(objective.budget))
    return (
        f"(slo:bad:ratio_rate{window.short}{slo} > {limit}"
        f" and slo:bad:ratio_rate{window.long}{slo} > {limit}"
        f" and slo:bad:increase{window.long}{slo} >= {FAILURES_MIN})"
    )


def _monitoring() -> list[Rule]:
    """An alert that always fires tells by its absence that nobody would be told of anything."""
    return [
        {
            "alert": WATCHDOG,
            "expr": "vector(1)",
            "labels": {"severity": "none"},
            "annotations": {
                "summary": "Alerts of this region arrive.",
                "runbook": f"{RUNBOOKS}/watchdog.md",
            },
        },
        {
            "alert": "GatewayDown",
            "expr": 'up{job="gateway"} == 0',
            "for": "30s",
            "labels": {"severity": "page"},
            "annotations": {
                "summary": "{{ $labels.part }} does not answer, so its region serves nobody",
                "runbook": f"{RUNBOOKS}/part-down.md",
            },
        },
        {
            "alert": "PartDown",
            "expr": 'up{job!="gateway"} == 0',
            "for": "1m",
            "labels": {"severity": "ticket"},
            "annotations": {
                "summary": "{{ $labels.part }} does not answer when it is scraped",
                "runbook": f"{RUNBOOKS}/part-down.md",
            },
        },
    ]

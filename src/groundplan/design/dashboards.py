"""Dashboards as plain values, and as Grafana reads them: what is promised, and what a release does.

Targets say what each figure is called where they run; how it is shown is decided here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Grafana's own names for units.
PER_SECOND, SECONDS, MILLISECONDS, COUNT = "reqps", "s", "ms", "short"
SHARE, PERCENT = "percentunit", "percent"
SCHEMA = 39  # of Grafana 10.4, which newer ones read
WIDTH, HEIGHT, ACROSS = 12, 8, 24
NO_CHOICES: Mapping[str, tuple[str, ...]] = {}
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """PromQL, and what its series are called ({{label}} is the value of a label)."""

    query: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One figure over time. `limit`: what is promised, drawn as a line; `at_least`: from above."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    limit: float | None = None
    at_least: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A page of panels, in the order in which they are read."""

    title: str
    panels: tuple[Panel, ...]

    @property
    def slug(self) -> str:
        """Its name in files and addresses."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def grafana(
    dashboard: Dashboard, platform: str, choices: Mapping[str, tuple[str, ...]] = NO_CHOICES
) -> dict[str, Any]:
    """What Grafana imports or is provisioned with; who looks at it chooses the Prometheus.

    `choices`: what else is chosen, and from what; a query has it as $name.
    """
    return {
        "uid": f"{platform}-{dashboard.slug}"[:40],
        "title": f"{platform}: {dashboard.title}",
        "tags": ["groundplan", platform],
        "schemaVersion": SCHEMA,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                },
                *(
                    {"name": name, "type": "custom", "query": ",".join(values)}
                    for name, values in choices.items()
                ),
            ]
        },
        "panels": list(_panels(dashboard)),
    }


def _panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    for number, panel in enumerate(dashboard.panels):
        row, column = divmod(number * WIDTH, ACROSS)
        yield {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "description": panel.says,
            "datasource": _SOURCE,
            "gridPos": {"x": column, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
            "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
            "targets": [
                {
                    "refId": chr(ord("A") + index),
                    "datasource": _SOURCE,
                    "expr": line.query,
                    "legendFormat": line.legend,
                    "exemplar": True,
                }
                for index, line in enumerate(panel.lines)
            ],
        }


def _defaults(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.limit is not None:
        kept, broken = ("green", "red")
        below, above = (broken, kept) if panel.at_least else (kept, broken)
        defaults["thresholds"] = {
            "mode": "absolute",
            "steps": [{"color": below, "value": None}, {"color": above, "value": panel.limit}],
        }
        defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    return defaults

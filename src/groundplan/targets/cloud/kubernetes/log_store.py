"""What the store of logs is told: how long each class stays, and what people look at.

Amazon OpenSearch calls a lifecycle a policy of Index State Management; Elasticsearch's word is ILM.
The forms are those of OpenSearch 2.
"""

import json
from typing import Any

from groundplan.targets.cloud.design.log_plan import LogFlow, LogPlan

EVERYTHING = "*-logs-*"
PANEL = {"x": 0, "y": 0, "w": 48, "h": 20, "i": "1"}
# What a dashboard is about, told by a word of its name: a query, and the field that it is split by.
ABOUT = (
    (
        ("security",),
        "event.outcome: failure or http.response.status_code: (401 or 403)",
        "source.ip",
    ),
    (("user", "activity"), "http.request.method: *", "url.path"),
    (("performance", "application"), "event.duration: *", "service.name"),
    (("infrastructure", "health"), "log.level: (error or warn or fatal)", "host.name"),
)


def policies(plan: LogPlan) -> dict[str, str]:
    """A policy of each class, by the name of its file."""
    return {f"{flow.name}.json": _text(_policy(flow)) for flow in plan.flows}


def _policy(flow: LogFlow) -> dict[str, Any]:
    """An index holds a day; it is deleted when all of it is old enough."""
    return {
        "policy": {
            "description": f"{flow.name} logs are searched for {flow.search_days} days",
            "default_state": "searched",
            "ism_template": [{"index_patterns": [f"{flow.name}-logs-*"], "priority": 100}],
            "states": [
                {
                    "name": "searched",
                    "actions": [],
                    "transitions": [
                        {
                            "state_name": "deleted",
                            "conditions": {"min_index_age": f"{flow.search_days + 1}d"},
                        }
                    ],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
        }
    }


def dashboards(plan: LogPlan) -> str:
    """Saved objects, one in a line: an index pattern, and for each name a chart on a dashboard."""
    lines = [
        {
            "id": "logs",
            "type": "index-pattern",
            "attributes": {"title": EVERYTHING, "timeFieldName": "@timestamp"},
            "references": [],
        }
    ]
    for name in plan.dashboards:
        lines += [_chart(name), _dashboard(name)]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def _chart(name: str) -> dict[str, Any]:
    query, field = about(name)
    aggregations = [
        {"id": "1", "type": "count", "schema": "metric", "params": {}},
        {
            "id": "2",
            "type": "date_histogram",
            "schema": "segment",
            "params": {"field": "@timestamp", "interval": "auto"},
        },
        {"id": "3", "type": "terms", "schema": "group", "params": {"field": field, "size": 10}},
    ]
    state = {"title": name, "type": "histogram", "aggs": aggregations, "params": {}}
    search = {
        "query": {"query": query, "language": "kuery"},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    return {
        "id": f"{_id(name)}-chart",
        "type": "visualization",
        "attributes": {
            "title": name,
            "visState": json.dumps(state),
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(search)},
        },
        "references": [
            {
                "id": "logs",
                "name": "kibanaSavedObjectMeta.searchSourceJSON.index",
                "type": "index-pattern",
            }
        ],
    }


def _dashboard(name: str) -> dict[str, Any]:
    panel = {
        "panelIndex": "1",
        "gridData": PANEL,
        "panelRefName": "panel_0",
        "embeddableConfig": {},
    }
    return {
        "id": _id(name),
        "type": "dashboard",
        "attributes": {"title": name, "panelsJSON": json.dumps([panel]), "timeRestore": False},
        "references": [{"id": f"{_id(name)}-chart", "name": "panel_0", "type": "visualization"}],
    }


def about(name: str) -> tuple[str, str]:
    """The query and the field of a dashboard; everything by service when its name says nothing."""
    lower = name.casefold()
    for words, query, field in ABOUT:
        if any(word in lower for word in words):
            return query, field
    return "*", "service.name"


def _id(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.casefold())


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1) + "\n"

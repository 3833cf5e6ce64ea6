"""Traces in a line each, and who calls whom: what Jaeger's search page and its graph ask for. Pure.

Names as Jaeger v2.20 has them (`/api/v3/trace-summaries`, `/api/v3/dependencies`, and the older
`/api/dependencies`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from groundplan.operations.observe.traces.find import Found
from groundplan.operations.observe.traces.jaeger import Unclear, moment

Calls = Iterable[tuple[str, str, int]]
DAY_SECONDS = 86_400.0


def summaries_v3(traces: Iterable[Found]) -> dict[str, Any]:
    """What is known of each trace."""
    return {"summaries": [_summary(spans) for spans in traces]}


def calls_v1(calls: Calls) -> list[dict[str, Any]]:
    """Who calls whom, as /api has it."""
    return [
        {"parent": caller, "child": called, "callCount": count} for caller, called, count in calls
    ]


def calls_v3(calls: Calls) -> dict[str, Any]:
    """The same as /api/v3 has it: protobuf writes large numbers as text."""
    return {
        "dependencies": [
            {"parent": caller, "child": called, "callCount": str(count), "source": "traces"}
            for caller, called, count in calls
        ]
    }


def time_v1(asked: Mapping[str, str], now: float) -> tuple[float, float]:
    """From when to when /api/dependencies asks, given in milliseconds."""
    try:
        until = float(asked.get("endTs") or now * 1000) / 1000
        return until - float(asked.get("lookback") or DAY_SECONDS * 1000) / 1000, until
    except ValueError as error:
        raise Unclear(f"endTs and lookback are milliseconds: {error}") from error


def time_v3(asked: Mapping[str, str]) -> tuple[float, float]:
    """The same of /api/v3/dependencies."""
    since = moment(asked.get("start_time") or asked.get("startTime") or "", 0.0)
    until = moment(asked.get("end_time") or asked.get("endTime") or "", 0.0)
    if not 0.0 < since < until:
        raise Unclear("startTime and endTime are needed, and endTime has to be the later one")
    return since, until


def _summary(spans: Found) -> dict[str, Any]:
    known = {span.span_id for span in spans}
    root = next((span for span in spans if not span.parent_id), spans[0])
    orphans = sum(bool(span.parent_id) and span.parent_id not in known for span in spans)
    failed = Counter(span.service for span in spans if span.status == "error")
    of_service = Counter(span.service for span in spans)
    return {
        "traceId": root.trace_id,
        "rootServiceName": root.service,
        "rootOperationName": root.name,
        "minStartTimeUnixNano": _nanoseconds(min(span.start for span in spans)),
        "maxEndTimeUnixNano": _nanoseconds(max(span.ends for span in spans)),
        "spanCount": len(spans),
        "errorSpanCount": failed.total(),
        "orphanSpanCount": orphans,
        "services": [
            {"name": name, "spanCount": count, "errorSpanCount": failed[name]}
            for name, count in sorted(of_service.items())
        ],
    }


def _nanoseconds(seconds: float) -> str:
    return str(round(seconds * 1e6) * 1000)

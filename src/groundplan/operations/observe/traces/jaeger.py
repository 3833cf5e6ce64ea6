"""Traces in the shapes that Jaeger's users know: /api (Grafana, older UIs) and /api/v3. Pure.

Shapes as Jaeger v2.20 and its documentation have them: times of /api in microseconds, of /api/v3 as
OTLP writes them in JSON.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from groundplan.operations.observe.traces.columns import KINDS, STATES, Span
from groundplan.operations.observe.traces.find import Found, Wanted

_LENGTH = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
LIMIT = 20
LIMIT_MAX = 1500


class Unclear(ValueError):
    """A question that cannot be understood; the text says why."""


def answer(data: Any) -> dict[str, Any]:
    """What /api answers around its data."""
    total = len(data) if isinstance(data, list) else 0
    return {"data": data, "total": total, "limit": 0, "offset": 0, "errors": None}


def refusal(status: int, why: str) -> dict[str, Any]:
    """What /api answers when there is no data."""
    errors = [{"code": status, "msg": why}]
    return {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": errors}


def refusal_v3(status: int, why: str) -> dict[str, Any]:
    """The same of /api/v3."""
    return {"error": {"httpCode": status, "message": why}}


def wanted(asked: Mapping[str, str]) -> Wanted:
    """The question of /api/traces; Unclear when it is none."""
    attributes = dict(_pair(tag) for tag in asked.get("tag", "").split("\n") if tag)
    try:
        attributes |= {str(k): _text(v) for k, v in orjson.loads(asked.get("tags") or "{}").items()}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise Unclear(f"tags is no JSON object: {error}") from error
    operation = asked.get("operation", "")
    return Wanted(
        service=asked.get("service", ""),
        operation="" if operation == "all" else operation,
        since=_number(asked, "start", 0.0) / 1e6,
        until=_number(asked, "end", float("inf")) / 1e6,
        longer=_length(asked.get("minDuration", ""), 0.0),
        shorter=_length(asked.get("maxDuration", ""), float("inf")),
        attributes=tuple(attributes.items()),
        limit=_limit(asked, "limit"),
    )


def wanted_v3(asked: Mapping[str, str]) -> Wanted:
    """The question of /api/v3/traces; its names are in camelCase or with underscores."""
    given = {_camel(name.removeprefix("query.")): value for name, value in asked.items()}
    try:
        attributes = orjson.loads(given.get("attributes") or "{}")
        found = tuple((str(name), _text(value)) for name, value in attributes.items())
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise Unclear(f"query.attributes is no JSON object: {error}") from error
    return Wanted(
        service=given.get("serviceName", ""),
        operation=given.get("operationName") or given.get("spanName", ""),
        since=moment(given.get("startTimeMin", ""), 0.0),
        until=moment(given.get("startTimeMax", ""), float("inf")),
        longer=_length(given.get("durationMin", ""), 0.0),
        shorter=_length(given.get("durationMax", ""), float("inf")),
        attributes=found,
        limit=_limit(given, "searchDepth" if "searchDepth" in given else "numTraces"),
    )


def trace_v1(spans: Found) -> dict[str, Any]:
    """One trace as /api has it."""
    processes: dict[bytes, str] = {}
    described: dict[str, Any] = {}
    shown = []
    for span in spans:
        key = orjson.dumps([span.service, span.resource], option=orjson.OPT_SORT_KEYS)
        name = processes.setdefault(key, f"p{len(processes) + 1}")
        rest = {k: v for k, v in span.resource.items() if k != "service.name"}
        described[name] = {"serviceName": span.service, "tags": _tags(rest)}
        shown.append(_span_v1(span, name))
    return {
        "traceID": spans[0].trace_id,
        "spans": shown,
        "processes": described,
        "warnings": None,
    }


def traces_v3(traces: Iterable[Found]) -> dict[str, Any]:
    """Traces as /api/v3 has them: OTLP in JSON."""
    resources: dict[bytes, dict[str, Any]] = {}
    for spans in traces:
        for span in spans:
            key = orjson.dumps([span.resource, span.scope], option=orjson.OPT_SORT_KEYS)
            holder = resources.setdefault(
                key,
                {
                    "resource": {"attributes": _attributes(span.resource)},
                    "scopeSpans": [{"scope": {"name": span.scope}, "spans": []}],
                },
            )
            holder["scopeSpans"][0]["spans"].append(_span_v3(span))
    return {"result": {"resourceSpans": list(resources.values())}}


def operations_v3(found: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Operations as /api/v3 has them."""
    return {"operations": [{"name": name, "spanKind": kind} for name, kind in found]}


def _span_v1(span: Span, process: str) -> dict[str, Any]:
    tags = {**span.attributes, "span.kind": span.kind, "groundplan.kept": span.why}
    if span.status == "error":
        tags |= {"error": True, "otel.status_code": "ERROR"}
        if span.message:
            tags["otel.status_description"] = span.message
    references = [(span.trace_id, span.parent_id, "CHILD_OF")] if span.parent_id else []
    references += [(link["trace_id"], link["span_id"], "FOLLOWS_FROM") for link in span.links]
    return {
        "traceID": span.trace_id,
        "spanID": span.span_id,
        "operationName": span.name,
        "references": [
            {"refType": kind, "traceID": trace, "spanID": parent}
            for trace, parent, kind in references
        ],
        "startTime": round(span.start * 1e6),
        "duration": span.duration_ns // 1000,
        "tags": _tags(tags),
        "logs": [
            {
                "timestamp": event["time_ns"] // 1000,
                "fields": _tags({"event": event["name"], **event["attributes"]}),
            }
            for event in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def _span_v3(span: Span) -> dict[str, Any]:
    start = round(span.start * 1e6) * 1000
    found: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": KINDS.index(span.kind),
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + span.duration_ns),
        "attributes": _attributes(span.attributes),
        "status": {"code": STATES.index(span.status), "message": span.message},
        "events": [
            {
                "timeUnixNano": str(event["time_ns"]),
                "name": event["name"],
                "attributes": _attributes(event["attributes"]),
            }
            for event in span.events
        ],
        "links": [
            {
                "traceId": link["trace_id"],
                "spanId": link["span_id"],
                "attributes": _attributes(link["attributes"]),
            }
            for link in span.links
        ],
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def _tags(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds = {bool: "bool", int: "int64", float: "float64"}
    return [
        {"key": key, "type": kinds[type(value)], "value": value}
        if type(value) in kinds
        else {"key": key, "type": "string", "value": _text(value)}
        for key, value in found.items()
    ]


def _attributes(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in found.items()]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_value(each) for each in value]}}
        case dict():
            return {"kvlistValue": {"values": _attributes(value)}}
        case _:
            return {"stringValue": _text(value)}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _pair(tag: str) -> tuple[str, str]:
    name, colon, value = tag.partition(":")
    if not colon:
        raise Unclear(f"tag {tag!r} is not name:value")
    return name, value


def _number(asked: Mapping[str, str], name: str, default: float) -> float:
    text = asked.get(name, "")
    try:
        return float(text) if text else default
    except ValueError as error:
        raise Unclear(f"{name}={text!r} is no number") from error


def _limit(asked: Mapping[str, str], name: str) -> int:
    found = _number(asked, name, LIMIT)
    return int(min(max(1, found), LIMIT_MAX))


def _length(text: str, default: float) -> float:
    """A length of time in seconds, as Go writes it: 1.5s, 200ms, 1m30s."""
    if not text:
        return default
    found = list(_LENGTH.finditer(text))
    if "".join(each[0] for each in found) != text:
        raise Unclear(f"{text!r} is no length of time: write 200ms, 1.5s")
    return sum(float(each["number"]) * _UNITS[each["unit"]] for each in found)


def moment(text: str, default: float) -> float:
    """A time in seconds since 1970, as /api/v3 has it; Unclear when it is none."""
    if not text:
        return default
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).timestamp()
    except ValueError as error:
        raise Unclear(f"{text!r} is no time: write 2026-11-25T09:00:00Z") from error


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

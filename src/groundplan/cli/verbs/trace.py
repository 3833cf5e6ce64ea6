"""`groundplan trace`: one trace as a waterfall, or those that are slow or failed."""

import json
import re
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    FORMAT_VERSION,
    Verb,
    Word,
    environment_option,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.shown.waterfall import milliseconds, waterfall
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.verbs.search import Since
from groundplan.design.parts import Tracer
from groundplan.operations.observe.traces.columns import Span
from groundplan.operations.observe.traces.find import Found, Traces, Wanted
from groundplan.ports.records import traces_of

_HEAD = ("trace", "began", "took", "spans", "service", "operation", "kept")
_ID = re.compile(r"[0-9a-f]{1,32}")
_PARENT = re.compile(r"[0-9a-f]{2}-(?P<id>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_WIDTH = (60, 160)


@click.command(
    "trace",
    cls=Verb,
    examples=(
        ("groundplan trace 4bf92f3577b34da6a3ce929d0e0e4736", "one trace; answers have x-trace-id"),
        ("groundplan trace --errors --since 1h", "the newest in which something failed"),
        ("groundplan trace --service mvlbim-api --slow", "slower than the file promises"),
        ("groundplan trace --longer 500ms -o json", "for a program"),
    ),
)
@click.argument(
    "trace_id",
    metavar="[ID]",
    required=False,
    cls=Word,
    told="A trace's id in hexadecimal, or a traceparent; without it, traces are looked for.",
)
@click.option("--service", default="", metavar="NAME", help="Only with a span of this service.")
@click.option("--operation", default="", metavar="NAME", help="Only with a span of this name.")
@click.option("--slow", is_flag=True, help="Only what took longer than the file promises.")
@click.option("--longer", type=Since(), metavar="TIME", help='Only what took longer, as "1 s".')
@click.option("--errors", is_flag=True, help="Only those in which something failed.")
@click.option("--since", type=Since(), metavar="TIME", help='How far back, for example "2 h".')
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, help="How many.  [default: 20]"
)
@click.option(
    "--file",
    type=click.Path(),
    help="The platform file, or the folder it is in.  [default: ./platform.yaml]",
)
@environment_option
@output_option("json")
@click.pass_obj
def verb(session: Session, /, **given: Any) -> Exit:
    """Show what a request did: every part that it met, and for how long.

    A trace can be found some seconds after its request has ended. Which are kept says
    `jaeger.sampling` in the file; what failed or was slow comes first.
    """
    platform = chosen(session, given["file"], given["environment"])
    traces = Traces(traces_of(platform.target.folder))
    if not traces.is_there:
        session.screen.note(f"note: no traces of {platform} were kept yet (`jaeger` in the file)")
        return Exit.FINE
    if given["trace_id"]:
        return _one(traces, given["trace_id"], session.screen, given["output"])
    return _some(traces, _wanted(platform, given), session.screen, given["output"])


def _wanted(platform: Chosen, given: dict[str, Any]) -> Wanted:
    longer = given["longer"] or 0.0
    if given["slow"]:
        design = platform.wanted()
        tracers = [part for part in design.parts if isinstance(part, Tracer)] if design else []
        longer = max(longer, *(part.sampling.slow_seconds for part in tracers), 0.0)
    now = time.time()
    return Wanted(
        service=given["service"],
        operation=given["operation"],
        since=now - given["since"] if given["since"] else 0.0,
        longer=longer,
        errors=given["errors"],
        limit=given["limit"],
    )


def _one(traces: Traces, written: str, screen: Screen, output: str) -> Exit:
    text = written.strip().lower()
    parent = _PARENT.fullmatch(text)
    trace_id = parent["id"] if parent else text
    if not _ID.fullmatch(trace_id):
        raise Mistake(
            f"{written!r} is no id of a trace",
            try_="the 32 hexadecimal digits of an answer's x-trace-id, or `groundplan trace`",
        )
    trace_id = trace_id.zfill(32)
    spans = traces.trace(trace_id)
    if not spans:
        raise Mistake(
            f"trace {trace_id} is not there",
            try_="wait 10 s after the request; traces are sampled (`jaeger.sampling` in the file), "
            "and old ones go (`retention.traces`)",
        )
    if output == "json":
        shown = {"format_version": FORMAT_VERSION, **_summary(spans)}
        shown["spans"] = [_as_json(span) for span in spans]
        screen.data(json.dumps(shown, indent=1))
        return Exit.FINE
    head = (
        f"trace {trace_id}  {_when(spans[0].start)}  {milliseconds(_length_ns(spans)).strip()}  "
        f"{len(spans)} spans  kept: {spans[0].why}"
    )
    width = min(max(shutil.get_terminal_size((100, 24)).columns, _WIDTH[0]), _WIDTH[1])
    screen.data(f"{screen.paint(head, Tone.STRONG)}\n{waterfall(spans, screen, width)}")
    return Exit.FINE


def _some(traces: Traces, wanted: Wanted, screen: Screen, output: str) -> Exit:
    found = traces.find(wanted)
    if output == "json":
        summaries = [{**_summary(spans), "spans": len(spans)} for spans in found]
        screen.data(json.dumps({"format_version": FORMAT_VERSION, "traces": summaries}, indent=1))
        return Exit.FINE
    if not found:
        screen.note("note: no trace fits")
        return Exit.FINE
    rows: list[Row] = [[Cell(word, Tone.FAINT) for word in _HEAD], *map(_row, found)]
    screen.data(table(rows, screen, indent=0))
    return Exit.FINE


def _row(spans: Found) -> Row:
    tone = Tone.BAD if any(span.status == "error" for span in spans) else Tone.GOOD
    return (
        spans[0].trace_id,
        _when(spans[0].start),
        Cell(milliseconds(_length_ns(spans)).strip(), tone),
        str(len(spans)),
        spans[0].service,
        spans[0].name,
        Cell(spans[0].why, tone),
    )


def _summary(spans: Found) -> dict[str, Any]:
    return {
        "trace_id": spans[0].trace_id,
        "began": _when(spans[0].start),
        "duration_ms": _length_ns(spans) / 1e6,
        "services": sorted({span.service for span in spans}),
        "operation": spans[0].name,
        "errors": sum(span.status == "error" for span in spans),
        "kept": spans[0].why,
    }


def _as_json(span: Span) -> dict[str, Any]:
    return {
        "span_id": span.span_id,
        "parent_id": span.parent_id or None,
        "service": span.service,
        "name": span.name,
        "kind": span.kind,
        "began": _when(span.start),
        "duration_ms": span.duration_ns / 1e6,
        "status": span.status,
        "message": span.message or None,
        "attributes": dict(span.attributes),
        "resource": dict(span.resource),
        "events": [dict(event) for event in span.events],
        "links": [dict(link) for link in span.links],
    }


def _length_ns(spans: Sequence[Span]) -> int:
    return round((max(s.ends for s in spans) - min(s.start for s in spans)) * 1e9)


def _when(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

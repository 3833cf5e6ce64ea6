"""What the tracer tells Prometheus of itself (text format 0.0.4): what it decided, what waits, and
how much memory that takes."""

from collections.abc import Mapping
from typing import Any

import psutil

from groundplan.operations.observe.traces.keeper import SPANS_MAX
from groundplan.operations.observe.traces.sampling import Why

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def page(health: Mapping[str, Any]) -> str:
    """The page that is scraped; `health` as /healthz has it."""
    lines: list[str] = []
    for name, kind, meaning, samples in _metrics(health):
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{labels} {value}" for labels, value in samples.items()]
    return "\n".join(lines) + "\n"


def _metrics(health: Mapping[str, Any]) -> tuple[tuple[str, str, str, Mapping[str, int]], ...]:
    """Name, type and meaning of each, and its values by their labels."""
    decided = {f'{{decision="{why.value}"}}': health.get(why.value, 0) for why in Why}
    refused, waiting = health.get("rejected", 0), health.get("waiting", 0)
    troubles = len(health.get("troubles", ()))
    memory = psutil.Process().memory_info().rss
    return (
        ("groundplan_traces_total", "counter", "Traces by what was decided.", decided),
        ("groundplan_spans_refused_total", "counter", "Spans without an id.", {"": refused}),
        ("groundplan_spans_waiting", "gauge", "Spans that wait in memory.", {"": waiting}),
        ("groundplan_spans_waiting_max", "gauge", "So many may wait.", {"": SPANS_MAX}),
        ("groundplan_tracer_troubles", "gauge", "What does not work now.", {"": troubles}),
        ("process_resident_memory_bytes", "gauge", "Memory of the process.", {"": memory}),
    )

"""Which logs are kept for how long, and what happens to them on their way."""

from collections.abc import Iterator

from groundplan.design.log_class import CLASSES, LogClass
from groundplan.design.log_sink import LogSink, sink
from groundplan.design.parts import Collector
from groundplan.spec.load import Source

HOT_HOURS = 6


def collectors(source: Source) -> tuple[Collector, ...]:
    """One for the platform; none when the file has no logging."""
    if source.platform.logging is None:
        return ()
    return (
        Collector(
            name="global/collector",
            site="global",
            address="",
            classes=tuple(_classes(source)),
            hot_hours=HOT_HOURS,
            sinks=tuple(_sinks(source)),
        ),
    )


def notes(source: Source) -> Iterator[str]:
    """Classes of which the file does not say how long they are kept."""
    if source.platform.logging is None:
        return
    for found in _classes(source):
        if not found.keep:
            yield f"{found.name} logs are never deleted: retention names no time for them"


def _classes(source: Source) -> Iterator[LogClass]:
    """Application logs always; the others when a pipeline or a promise names them."""
    logging, retention = source.platform.logging, source.platform.retention
    assert logging is not None
    pipelines = {each.name: each for each in logging.logstash.pipelines}
    for name in CLASSES:
        pipeline = pipelines.get(f"{name}-logs")
        keep = getattr(retention, f"{name}_logs", None) if retention else None
        if name == "application" or pipeline or keep:
            filters = (pipeline.filter or "") if pipeline else "grok, mutate"
            yield LogClass(
                name=name,
                keep=keep.text if keep else "",
                filters=tuple(word.strip() for word in filters.split(",") if word.strip()),
            )


def _sinks(source: Source) -> Iterator[LogSink]:
    """One for each output of the pipelines, with the classes that are sent to it."""
    logging = source.platform.logging
    assert logging is not None
    known = {each.name for each in _classes(source)}
    classes: dict[str, list[str]] = {}
    for pipeline in logging.logstash.pipelines:
        name = pipeline.name.removesuffix("-logs")
        for output in pipeline.output.split(","):
            if name in known and output.strip():
                classes.setdefault(output.strip().casefold(), []).append(name)
    for output, names in classes.items():
        found = sink(output, tuple(dict.fromkeys(names)))
        if found is not None:
            yield found

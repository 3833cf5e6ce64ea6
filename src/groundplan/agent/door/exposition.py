"""Operations and rollouts as Prometheus reads them (text format 0.0.4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from groundplan import __version__
from groundplan.agent.performing.operation import Operation
from groundplan.operations.observe.sinks.standing import SinkStanding
from groundplan.ports.journal import Json

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Ended = Mapping[tuple[str, str], int]  # by kind and state
Notices = Iterable[tuple[str, str, int]]  # receiver, state, how many
_RELEASE = "release"
_SIDES = (("canary", "requests", "bad"), ("stable", "stable_requests", "stable_bad"))


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    labels: Mapping[str, str]
    value: float


# Name, type and meaning of every metric; without its samples it is not written.
_METRICS = (
    ("groundplan_agent_info", "gauge", "The agent that runs."),
    ("groundplan_operations", "gauge", "Operations that go on."),
    ("groundplan_operations_ended_total", "counter", "Operations that ended, from the journal."),
    ("groundplan_notices", "gauge", "Notices of the last 30 days: waits, sent, given up."),
    ("groundplan_log_sink_records", "gauge", "Logs for a sink: sent, waiting, refused, dropped."),
    ("groundplan_log_sink_behind_seconds", "gauge", "How long the oldest of them has waited."),
    ("groundplan_rollout_phase", "gauge", "1 for the phase that a rollout is in."),
    ("groundplan_rollout_verdict", "gauge", "1 for what the judge says of the new version."),
    ("groundplan_rollout_weight_percent", "gauge", "What the new version is to get in a region."),
    ("groundplan_rollout_requests", "gauge", "Requests of a side since the rollout began."),
    ("groundplan_rollout_bad_requests", "gauge", "Those of them that count against a gate."),
    ("groundplan_rollout_evidence", "gauge", "The e-value against, beside stable, of proof."),
    ("groundplan_rollout_began_seconds", "gauge", "When a rollout began, since 1970."),
)


def text(
    going: Iterable[Operation],
    ended: Ended,
    notices: Notices = (),
    sinks: Iterable[SinkStanding] = (),
) -> str:
    """The page that is scraped."""
    samples = [*_samples(tuple(going), ended), *_notices(notices), *_sinks(sinks)]
    lines = []
    for name, kind, meaning in _METRICS:
        found = [sample for sample in samples if sample.name == name]
        if found:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *map(_line, found)]
    return "\n".join(lines) + "\n"


def _samples(going: tuple[Operation, ...], ended: Ended) -> Iterator[_Sample]:
    yield _Sample("groundplan_agent_info", {"version": __version__}, 1)
    for kind, state in sorted({(each.kind, str(each.state)) for each in going}):
        number = sum((each.kind, str(each.state)) == (kind, state) for each in going)
        yield _Sample("groundplan_operations", {"kind": kind, "state": state}, number)
    for (kind, state), number in sorted(ended.items()):
        labels = {"kind": kind, "state": state}
        yield _Sample("groundplan_operations_ended_total", labels, number)
    for operation in going:
        if operation.kind == _RELEASE:
            yield from _rollout(operation)


def _notices(notices: Notices) -> Iterator[_Sample]:
    for receiver, state, number in notices:
        labels = {"receiver": receiver, "state": state}
        yield _Sample("groundplan_notices", labels, number)


def _sinks(sinks: Iterable[SinkStanding]) -> Iterator[_Sample]:
    for each in sinks:
        head = {"sink": each.name}
        for state in ("sent", "waiting", "refused", "dropped"):
            labels = {**head, "state": state}
            yield _Sample("groundplan_log_sink_records", labels, getattr(each, state))
        yield _Sample("groundplan_log_sink_behind_seconds", head, each.behind_seconds)


def _rollout(operation: Operation) -> Iterator[_Sample]:
    head = {
        "rollout": operation.id,
        "service": str(operation.arguments.get("service", "")),
        "version": str(operation.arguments.get("version", "")),
    }
    facts = operation.facts
    yield _Sample("groundplan_rollout_began_seconds", head, operation.began)
    for name in ("phase", "verdict"):
        if name in facts:
            yield _Sample(f"groundplan_rollout_{name}", {**head, name: str(facts[name])}, 1)
    weights, readings = facts.get("weights"), facts.get("readings")
    for region, percent in weights.items() if isinstance(weights, dict) else ():
        labels = {**head, "region": region}
        yield _Sample("groundplan_rollout_weight_percent", labels, _number(percent))
    for reading in readings if isinstance(readings, list) else ():
        if isinstance(reading, dict):
            yield from _reading(reading, head)


def _reading(reading: Mapping[str, Json], head: Mapping[str, str]) -> Iterator[_Sample]:
    """One gate in one place: n and k of both sides, and what they weigh."""
    labels = {**head, "where": str(reading["where"]), "gate": str(reading["gate"])}
    for side, requests, bad in _SIDES:
        own = {**labels, "side": side}
        yield _Sample("groundplan_rollout_requests", own, _number(reading.get(requests)))
        yield _Sample("groundplan_rollout_bad_requests", own, _number(reading.get(bad)))
    evidence = reading.get("evidence")
    for name, value in evidence.items() if isinstance(evidence, dict) else ():
        if value is not None:
            yield _Sample("groundplan_rollout_evidence", {**labels, "of": name}, _number(value))


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _line(sample: _Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}} {sample.value:.10g}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

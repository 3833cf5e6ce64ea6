"""The tracer as a part: there with `jaeger` only, with the file's sampling; who sends to it."""

from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.parts import Gateway, Service, Tracer
from groundplan.design.sampling import Strategy
from groundplan.spec.load import load
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.envoy.bootstrap import bootstrap
from groundplan.targets.local.parts.envoy.clusters import clusters
from groundplan.targets.local.parts.envoy.listener import listeners
from groundplan.targets.local.parts.service import ServiceRecipe
from groundplan.targets.local.parts.tracer import TracerRecipe
from groundplan.targets.local.preflight import ports_of

FILE = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
services:
  web:
    port: 8080
    command: serve {address}
"""
STRATEGIES = """\
jaeger:
  sampling:
    default_strategy: { type: probabilistic, param: 0.1 }
    per_service_strategies:
      - { service: web, type: adaptive, max_traces_per_second: 100 }
      - { service: slow, type: ratelimiting, param: 5.0 }
      - { service: rare, type: probabilistic, param: 0.01 }
kpis: { performance: { api_response_time: "< 200ms (p95)" } }
retention: { traces: "3 days" }
"""


def built(text: str, folder: Path) -> Design:
    (folder / "platform.yaml").write_text(text)
    return build(load(folder / "platform.yaml"))


def tracer_of(design: Design) -> Tracer | None:
    return next((part for part in design.parts if isinstance(part, Tracer)), None)


def gateway_of(design: Design) -> Gateway:
    return next(part for part in design.parts if isinstance(part, Gateway))


def test_without_jaeger_nothing_is_traced(tmp_path: Path) -> None:
    design = built(FILE, tmp_path)
    gateway = gateway_of(design)
    assert tracer_of(design) is None
    assert "tracing" not in listeners(gateway)
    assert "%REQ(TRACEPARENT)%" in listeners(gateway)
    assert "tracer" not in clusters(gateway)
    assert "layered_runtime" not in bootstrap(gateway)


def test_sampling_is_what_the_file_says(tmp_path: Path) -> None:
    part = tracer_of(built(FILE + STRATEGIES, tmp_path))
    assert part is not None
    assert part.keep == "3 days"
    assert part.sampling.slow_seconds == 0.2
    for service, share, cap in (
        ("web", 0.1, 100.0),
        ("slow", 1.0, 5.0),
        ("rare", 0.01, 100.0),
        ("other", 0.1, 100.0),
    ):
        assert part.sampling.of(service) == Strategy(share=share, per_second=cap), service


def test_a_gateway_chooses_early_and_tells_of_what_went_wrong(tmp_path: Path) -> None:
    few = STRATEGIES.replace("param: 5.0", "param: 0.2").replace("ratelimiting", "probabilistic")
    text = listeners(gateway_of(built(FILE + few, tmp_path)))
    assert "numerator: 200000" in text
    assert 'duration("200000us")' in text
    assert ":4318/v1/traces" in text
    assert ":4318/v1/late" in text


@pytest.mark.parametrize(
    ("written", "strategy"),
    [
        ("", Strategy(share=0.1, per_second=100.0)),
        ("type: const, param: 1.0", Strategy(share=1.0, per_second=100.0)),
        ("type: const, param: 0.0", Strategy(share=0.0, per_second=0.0)),
        ("type: ratelimiting, param: 3.0", Strategy(share=1.0, per_second=3.0)),
    ],
)
def test_each_strategy_of_jaeger_has_its_meaning(
    written: str, strategy: Strategy, tmp_path: Path
) -> None:
    sampling = f"{{ sampling: {{ default_strategy: {{ {written} }} }} }}" if written else "{}"
    design = built(f"{FILE}jaeger: {sampling}\n", tmp_path)
    part = tracer_of(design)
    assert part is not None
    assert part.sampling.default == strategy
    assert part.sampling.slow_seconds == 1.0
    assert "traces are never deleted: retention names no time for them" in design.notes


def test_gateway_and_service_are_told_where_it_is(tmp_path: Path) -> None:
    design = built(FILE + STRATEGIES, tmp_path)
    machine = Machine(folder=tmp_path, source=tmp_path, design=design, account=None)
    part = tracer_of(design)
    assert part is not None
    assert ports_of(part) == (4318, 4317, 16686)
    assert f"http://{part.address}:4318/v1/traces" in listeners(gateway_of(design))
    assert f"address: {part.address}" in clusters(gateway_of(design))
    assert "min_flush_spans" in bootstrap(gateway_of(design))
    service = next(each for each in design.parts if isinstance(each, Service))
    told = dict(ServiceRecipe().environment(service, machine))
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{part.address}:4318"
    assert told["TRACES_KEPT_SHARE"] == "0.1"
    assert told["TRACES_SENT_SHARE"] == "1", "the largest of any service's"
    assert told["TRACES_SLOW_SECONDS"] == "0.2"
    assert told["OTEL_TRACES_SAMPLER"] == "always_on"
    assert TracerRecipe().command(part, machine)[1:] == (
        "-m",
        "groundplan.agent.keepers.tracer",
        str(tmp_path),
    )
    assert "does not answer" in (TracerRecipe().probe(part, machine) or "")

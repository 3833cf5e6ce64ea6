"""Gates on processor and memory compare like with like."""

from dataclasses import replace

from operations.delivery.samples import PLAN, look, rehearsed, twin

from groundplan.operations.delivery.gauges import LOOKS, NEEDED, Gauges, Level
from groundplan.operations.delivery.phases import Phase
from groundplan.ports.releases import Usage
from groundplan.twin.releases import Behaviour

CPU, MEMORY = Level(name="cpu_usage", limit=0.8), Level(name="memory_usage", limit=0.85)


def used(name: str, canary: float, stable: float) -> Usage:
    return Usage(canary={name: canary}, stable={name: stable}, canary_replicas=1, stable_replicas=3)


def after(level: Level, usage: Usage, *, looks: int, requests: int = 50) -> Gauges:
    gauges = Gauges((level,))
    for _ in range(looks):
        gauges = gauges.after({"us": usage}, {"us": look(requests, 0, stable=2850)})
    return gauges


def test_most_of_a_minute_over_the_limit_and_over_stable() -> None:
    high = used("memory_usage", 0.9, 0.5)
    assert after(MEMORY, high, looks=NEEDED - 1).breach() is None
    why = after(MEMORY, high, looks=NEEDED).breach()
    assert why is not None
    assert "memory_usage 90% of its limit, stable 50%" in why


def test_a_level_that_stable_has_too_is_not_the_versions_fault() -> None:
    assert after(MEMORY, used("memory_usage", 0.9, 0.88), looks=LOOKS).breach() is None


def test_an_idle_canary_is_brought_to_the_load_of_a_stable_replica() -> None:
    idle = used("cpu_usage", 0.05, 0.4)  # a nineteenth of the requests of a stable replica
    assert after(CPU, idle, looks=LOOKS).breach() is not None
    assert after(CPU, used("cpu_usage", 0.02, 0.4), looks=LOOKS).breach() is None


def test_without_enough_requests_processor_time_says_nothing() -> None:
    idle = used("cpu_usage", 0.5, 0.1)
    assert after(CPU, idle, looks=LOOKS, requests=2).breach() is None


def test_a_side_that_nobody_sees_is_no_breach() -> None:
    blind = Usage(canary={"memory_usage": 2.0}, stable={}, canary_replicas=1, stable_replicas=0)
    assert after(MEMORY, blind, looks=LOOKS).breach() is None


def test_a_release_that_leaks_is_taken_back() -> None:
    plan = replace(PLAN, levels=(MEMORY,))
    leak = Behaviour(memory=lambda now: 0.4 + now / 2000)
    decisions = rehearsed(plan, twin(plan, leak))
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "memory_usage" in decisions[-1].because
    assert rehearsed(plan, twin(plan))[-1].state.phase is Phase.DONE

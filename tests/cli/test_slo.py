"""`slo` and `alerts`: their words and exit codes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from agent.stub import Answer, Stub, result
from cli.doubles import FILE, Prompt

from groundplan.design.design import Design
from groundplan.design.parts import Alertmanager, Prometheus
from groundplan.design.rules import WATCHDOG
from tests.agent.test_budgets import OBJECTIVE, arrived, firing

Serve = Callable[[Answer], Stub]


@pytest.fixture
def serve() -> Iterator[Serve]:
    stubs: list[Stub] = []

    def start(answer: Answer) -> Stub:
        stubs.append(Stub(answer))
        return stubs[-1]

    yield start
    for stub in stubs:
        stub.stop()


def runs(prompt: Prompt, *, prometheus: Stub, alertmanager: Stub | None = None) -> None:
    """A platform of one region whose monitoring is the stubs."""
    prompt.write(FILE)
    watched = Prometheus(
        name="north/prometheus",
        site="north",
        address="127.60.0.1",
        port=prometheus.port,
        scrape_seconds=15,
        evaluation_seconds=15,
        retention_days=1,
        jobs=(),
        alertmanagers=(),
    )
    told = Alertmanager(
        name="north/alertmanager",
        site="north",
        address="127.60.0.1",
        port=alertmanager.port if alertmanager else 1,
    )
    prompt.target.built = Design(
        platform="shop",
        environment="production",
        entry="",
        regions=(),
        parts=(watched, told),
        objectives=(OBJECTIVE, replace(OBJECTIVE, name="quiet", bad="none", total="none")),
    )


def counting(bad: int) -> Answer:
    def answer(path: str) -> tuple[int, bytes]:
        if "none" in path:
            return 200, result()
        return 200, result(({}, str(bad if "bad" in path else 100_000)))

    return answer


def test_what_is_left_stands_beside_what_is_unknown(prompt: Prompt, serve: Serve) -> None:
    runs(prompt, prometheus=serve(counting(50)))
    told = prompt("slo")
    assert told.code == 0
    _, availability, quiet = told.out.splitlines()
    assert availability.split() == [
        *("availability", "99.9%", "100,000", "50", "50%", "0.50x", ">", "30", "d", "kept")
    ]
    assert quiet.split()[-1] == "unknown"


def test_a_spent_budget_is_1(prompt: Prompt, serve: Serve) -> None:
    runs(prompt, prometheus=serve(counting(150)))
    told = prompt("slo", "-o", "json")
    assert told.code == 1
    first = json.loads(told.out)["objectives"][0]
    assert (first["left"], first["verdict"], first["exhausted_in_seconds"]) == (-0.5, "broken", 0)


def test_a_page_that_fires_is_1_and_names_its_runbook(prompt: Prompt, serve: Serve) -> None:
    runs(prompt, prometheus=serve(firing), alertmanager=serve(arrived(WATCHDOG)))
    told = prompt("alerts")
    assert told.code == 1
    assert "ErrorBudgetBurnsFast  north" in told.out
    assert "what to do: docs/runbooks/error-budget.md" in told.out


def test_a_region_nobody_hears_of_is_1(prompt: Prompt, serve: Serve) -> None:
    quiet = serve(lambda path: (200, b'{"status":"success","data":{"alerts":[]}}'))
    runs(prompt, prometheus=quiet, alertmanager=serve(arrived()))
    told = prompt("alerts")
    assert told.code == 1
    assert told.out.startswith("No alert fires.\nthe Alertmanager of north: its Watchdog")


@pytest.mark.parametrize("word", ["slo", "alerts"])
def test_before_the_first_up_there_is_nothing_to_tell(prompt: Prompt, word: str) -> None:
    prompt.write()
    told = prompt(word)
    assert (told.code, told.out) == (0, "")
    assert "is not built here" in told.err


def test_openslo_needs_no_platform(prompt: Prompt) -> None:
    prompt.write(FILE + 'kpis:\n  availability: { target: "99.9%" }\n')
    told = prompt("promises", "-o", "openslo")
    assert told.code == 0
    assert told.out.startswith("apiVersion: openslo/v1\nkind: DataSource\n")
    assert "target: 0.999\n" in told.out

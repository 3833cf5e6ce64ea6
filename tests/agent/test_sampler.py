"""The agent's round goes on, whatever the platform or the disk does."""

import io
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.sampler import Sampler
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Postgres, Role
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict
from tests.agent.samples import API_TIME, AVAILABILITY, LAG, NOW, PAGE_LOAD, RATE
from tests.agent.stub import Answer, Stub, design_of, nobody, prometheus, result

BROKEN, UNKNOWN, KEPT = Verdict.BROKEN, Verdict.UNKNOWN, Verdict.KEPT
Serve = Callable[[Answer], Stub]
BUSY = {
    queries.REQUESTS: result(({"envoy_response_code_class": "2"}, "5000")),
    queries.API_TIMES: result(({"le": "100"}, "5000"), ({"le": "+Inf"}, "5000")),
    queries.SERVED: result(({}, "80")),
}


class Agent:
    """A sampler on a folder of its own, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = io.StringIO()
        self.sampler = Sampler(folder, Voice(self.said))

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    def wants(self, design: Design) -> None:
        (self.folder / "design.json").write_bytes(design.to_json())

    def latest(self, promise: Promise) -> Evidence:
        with Ledger(self.ledger, read_only=True) as ledger:
            found = ledger.latest(promise.id, EvidenceKind.MEASURED)
        assert found is not None
        return found

    def lines(self) -> list[str]:
        return [line.partition(" ")[2] for line in self.said.getvalue().splitlines()]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(tmp_path)
    yield agent
    agent.sampler.close()


def test_a_round_writes_evidence_for_what_can_be_measured(agent: Agent, serve: Serve) -> None:
    metrics, edge = serve(prometheus(BUSY)), serve(lambda path: (200, b""))
    agent.wants(
        design_of(AVAILABILITY, API_TIME, PAGE_LOAD, RATE, prometheus=metrics.port, edge=edge.port)
    )
    agent.sampler.round(NOW)
    assert agent.latest(AVAILABILITY).verdict is KEPT
    assert agent.latest(AVAILABILITY).because == "0 of 5,000 requests failed; 0 of 1 probes"
    assert agent.latest(API_TIME).value == pytest.approx(0.095, abs=0.001)
    assert (agent.latest(RATE).verdict, agent.latest(RATE).value) == (UNKNOWN, 80)
    with Ledger(agent.ledger, read_only=True) as ledger:
        assert ledger.history(PAGE_LOAD.id) == ()


def test_a_record_is_remembered_by_the_next_agent(agent: Agent, serve: Serve) -> None:
    metrics = serve(prometheus({queries.SERVED: result(({}, "5100"))}))
    agent.wants(design_of(RATE, prometheus=metrics.port))
    agent.sampler.round(NOW)
    metrics.answer = prometheus({queries.SERVED: result(({}, "1"))})
    agent.sampler.close()
    other = Agent(agent.folder)
    other.sampler.round(NOW + 5)
    other.sampler.close()
    assert (agent.latest(RATE).verdict, agent.latest(RATE).value) == (KEPT, 5100)


def test_probes_are_remembered_by_the_next_agent(agent: Agent) -> None:
    agent.wants(design_of(AVAILABILITY, edge=nobody()))
    agent.sampler.round(NOW)
    agent.sampler.close()
    other = Agent(agent.folder)
    other.sampler.round(NOW + 5)
    other.sampler.close()
    found = agent.latest(AVAILABILITY)
    assert (found.verdict, found.samples) == (BROKEN, 2)


def test_without_a_design_it_waits_and_says_so_once(agent: Agent) -> None:
    for now in range(3):
        agent.sampler.round(NOW + now)
    assert len(agent.lines()) == 1
    assert agent.lines()[0].startswith("design: there is no ")
    agent.wants(design_of(RATE))
    agent.sampler.round(NOW)
    assert agent.lines()[1:] == ["design: fine again", "design: 0 parts, 1 promises"]


def test_a_new_design_is_read_and_a_spoiled_one_is_not(agent: Agent, serve: Serve) -> None:
    metrics = serve(prometheus(BUSY))
    agent.wants(design_of(AVAILABILITY, prometheus=metrics.port))
    agent.sampler.round(NOW)
    (agent.folder / "design.json").write_text("{}")
    agent.sampler.round(NOW + 5)
    assert agent.latest(AVAILABILITY).at == NOW + 5
    assert "design: cannot be read" in agent.said.getvalue()
    harder = replace(AVAILABILITY, target="99.99%", limit=0.9999)
    agent.wants(design_of(harder, prometheus=metrics.port))
    agent.sampler.round(NOW + 10)
    assert agent.latest(AVAILABILITY).verdict is UNKNOWN
    assert "10,000 are needed to tell 99.99%" in agent.latest(AVAILABILITY).because


def test_parts_that_are_away_make_promises_unknown(agent: Agent) -> None:
    (agent.folder / "secrets").mkdir()
    (agent.folder / "secrets" / "postgres-monitor").write_text("x")
    server = Postgres(
        name="north/postgres-1",
        site="north",
        address="127.60.0.1",
        port=nobody(),
        version="15",
        role=Role.PRIMARY,
        member="north_1",
        members=(),
        databases=(),
    )
    agent.wants(design_of(AVAILABILITY, LAG, prometheus=nobody(), more=(server,)))
    for now in range(3):
        agent.sampler.round(NOW + now)
    for promise in (AVAILABILITY, LAG):
        assert agent.latest(promise).verdict is UNKNOWN
        assert "does not answer" in agent.latest(promise).because
    assert [line.partition(": ")[0] for line in agent.lines()] == [
        "design",
        "the Prometheus of north",
        "north/postgres-1",
    ]


def test_a_ledger_that_cannot_be_written_is_said_once_and_tried_again(agent: Agent) -> None:
    agent.wants(design_of(AVAILABILITY))
    agent.ledger.write_bytes(b"GIF89a" * 500)
    for now in range(3):
        agent.sampler.round(NOW + now)
    (said,) = [line for line in agent.lines() if line.startswith("ledger: ")]
    assert "it is no ledger" in said
    assert f"mv {agent.ledger} " in said
    agent.ledger.rename(agent.folder / "ledger.old")
    agent.sampler.round(NOW + 9)
    assert agent.latest(AVAILABILITY).at == NOW + 9
    assert agent.lines()[-1] == "ledger: fine again"


def test_a_ledger_that_was_moved_away_is_begun_anew(agent: Agent) -> None:
    agent.wants(design_of(AVAILABILITY))
    agent.sampler.round(NOW)
    for file in agent.folder.glob("ledger.sqlite*"):
        shutil.move(file, agent.folder / f"old-{file.name}")
    agent.sampler.round(NOW + 5)
    with Ledger(agent.ledger, read_only=True) as ledger:
        assert [evidence.at for evidence in ledger.history(AVAILABILITY.id)] == [NOW + 5]


def test_old_samples_are_thinned(agent: Agent) -> None:
    agent.wants(design_of(AVAILABILITY))
    agent.sampler.round(NOW)
    agent.sampler.round(NOW + 5)
    agent.sampler.round(NOW + 3 * 86_400)
    with Ledger(agent.ledger, read_only=True) as ledger:
        assert [e.at for e in ledger.history(AVAILABILITY.id)] == [NOW + 5, NOW + 3 * 86_400]


def test_it_ends_when_it_is_told_to(agent: Agent) -> None:
    agent.wants(design_of(AVAILABILITY))
    stop = threading.Event()
    thread = threading.Thread(target=agent.sampler.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()

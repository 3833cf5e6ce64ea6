"""The collector as a part: it runs, says how it is, and is there only with logging."""

import json
import threading
from pathlib import Path

import pytest
from stories.harness import within

from groundplan.agent.keepers.collector import main, run
from groundplan.agent.voice import Voice
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.log_class import LogClass
from groundplan.design.parts import Collector
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.search import Search
from groundplan.ports.folder import DESIGN
from groundplan.ports.records import COLLECTOR, logs_of
from groundplan.spec.load import load
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.collector import CollectorRecipe
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


def built(text: str, folder: Path) -> Design:
    (folder / "platform.yaml").write_text(text)
    return build(load(folder / "platform.yaml"))


def part_of(design: Design) -> Collector | None:
    return next((part for part in design.parts if isinstance(part, Collector)), None)


def test_without_logging_nothing_is_collected(tmp_path: Path) -> None:
    assert part_of(built(FILE, tmp_path)) is None


def test_classes_come_from_pipelines_and_promises(tmp_path: Path) -> None:
    text = FILE + (
        "logging:\n  logstash:\n    pipelines:\n"
        "      - { name: security-logs, input: x, filter: security-enrichment, output: y }\n"
        'retention: { application_logs: "90 days", audit_logs: "7 years" }\n'
    )
    design = built(text, tmp_path)
    part = part_of(design)
    assert part is not None
    assert part.classes == (
        LogClass(name="application", keep="90 days", filters=("grok", "mutate")),
        LogClass(name="security", keep="", filters=("security-enrichment",)),
        LogClass(name="audit", keep="7 years", filters=("grok", "mutate")),
    )
    assert ports_of(part) == ()
    assert "security logs are never deleted: retention names no time for them" in design.notes


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    design = built(FILE + "logging: {}\n", tmp_path)
    (tmp_path / DESIGN).write_bytes(design.to_json())
    return Machine(folder=tmp_path, source=tmp_path, design=design, account=None)


def test_it_collects_and_says_that_it_is_well(machine: Machine) -> None:
    part, recipe = part_of(machine.design), CollectorRecipe()
    assert part is not None
    assert recipe.probe(part, machine) == "it has not ended a round yet"
    output = machine.folder / "logs" / "north" / "web-1.log"
    output.parent.mkdir(parents=True)
    output.write_text('{"message":"hello from the web"}\n')
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(machine.folder, stop, Voice()))
    thread.start()
    search, question = Search(logs_of(machine.folder)), Question(terms=terms("hello"))
    try:
        within(45, "it is found", lambda: bool(list(search.newest(question))))
        within(45, "its round has ended", lambda: recipe.probe(part, machine) is None)
    finally:
        stop.set()
        thread.join(timeout=45)
    assert [each["message"] for each in search.newest(question)] == ["hello from the web"]
    old = json.loads((machine.folder / COLLECTOR).read_text())
    (machine.folder / COLLECTOR).write_text(json.dumps({**old, "at": old["at"] - 60}))
    assert "its last round ended" in (recipe.probe(part, machine) or "")
    recipe.prepare(part, machine)
    assert recipe.probe(part, machine) == "it has not ended a round yet"


def test_a_store_that_cannot_be_opened_ends_it_with_a_sentence(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    place = logs_of(machine.folder)
    place.mkdir(parents=True)
    (place / "manifest.sqlite").write_bytes(b"this is no database, however long it is" * 50)
    assert main([str(machine.folder)]) == 4
    assert "list of its files" in capsys.readouterr().err

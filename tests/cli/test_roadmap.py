"""`roadmap` shows the phases of the file, and how far each item is."""

import json

from cli.doubles import FILE, Prompt

TIMELINE = """\
implementation_timeline:
  - { name: First, months: 1-2, tasks: [Container orchestration, Auto-scaling] }
"""


def test_phases_and_items_are_those_of_the_file(prompt: Prompt) -> None:
    (prompt.folder / "platform.yaml").write_text(FILE + TIMELINE)
    told = prompt("roadmap")
    assert told.code == 0
    assert "First (months 1-2)" in told.out
    assert "Container orchestration  written  in the file, and not built here yet" in told.out
    assert "Auto-scaling             open     the file has no autoscaling" in told.out
    assert told.out.endswith("2 items: 1 written, 1 open.\n")


def test_a_program_reads_the_same(prompt: Prompt) -> None:
    (prompt.folder / "platform.yaml").write_text(FILE + TIMELINE)
    found = json.loads(prompt("roadmap", "-o", "json").out)
    assert found["format_version"] == "1.0"
    assert [item["stage"] for item in found["items"]] == ["written", "open"]


def test_a_file_without_either_says_so(prompt: Prompt) -> None:
    prompt.write()
    assert "no implementation_timeline, and makes no promises" in prompt("roadmap").out

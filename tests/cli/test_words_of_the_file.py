"""`explain` and `schema` tell what the file may hold; `version` tells who reads it."""

import json

import pytest
from cli.doubles import Prompt

from groundplan import __version__


def test_a_rule_is_explained(prompt: Prompt) -> None:
    told = prompt("explain", "spec009")
    assert told.code == 0
    assert told.out.startswith("SPEC009  yaml trap\n  A plain value that ")


def test_all_rules_are_listed(prompt: Prompt) -> None:
    lines = prompt("explain").out.splitlines()
    assert lines[0].startswith("SPEC001  A key that")
    assert len(lines) >= 20


@pytest.mark.parametrize("word", ["SPEC0001", "nothing", ""])
def test_a_rule_that_is_not_there(prompt: Prompt, word: str) -> None:
    told = prompt("explain", word)
    assert told.code == 1
    assert "groundplan explain, to list them" in told.err


def test_the_schema_is_json(prompt: Prompt) -> None:
    told = prompt("schema")
    assert (told.code, told.err) == (0, "")
    schema = json.loads(told.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "regions" in schema["properties"]


def test_the_version_for_people_and_programs(prompt: Prompt) -> None:
    assert prompt("version").out == f"groundplan {__version__}\n"
    assert prompt("--version").out == f"groundplan {__version__}\n"
    assert json.loads(prompt("version", "-o", "json").out)["version"] == __version__

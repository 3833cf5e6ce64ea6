"""`rollout`: releases are listed, meant and told apart."""

import json
from collections.abc import Iterator

import pytest
from cli.doubles import DESIGN, Prompt

from groundplan.agent.catalogue.kept import Asked
from groundplan.agent.catalogue.table import KINDS
from groundplan.errors import TargetError
from groundplan.ports.journal import APPROVE
from tests.agent.door import Door, open_door
from tests.agent.test_looks import rolled_out


@pytest.fixture
def door(prompt: Prompt) -> Iterator[Door]:
    """The prompt's platform is built and its agent answers."""
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    with open_door(prompt.target.folder) as door:
        yield door


def test_without_a_release_there_is_nothing_to_show(prompt: Prompt, door: Door) -> None:
    assert prompt("rollout").out == "Nothing was released here lately.\n"
    assert json.loads(prompt("rollout", "-o", "json").out)["operations"] == []
    for action in ("show", "why", "pause", "abort", "undo"):
        told = prompt("rollout", action)
        assert told.code == 1
        assert "nothing was released here lately" in told.err


def test_other_operations_are_no_releases(prompt: Prompt, door: Door) -> None:
    operation = door.begin("ask")
    assert operation not in prompt("rollout").out
    assert "names 0 releases" in prompt("rollout", "show", operation).err
    door.tell(operation, APPROVE)
    door.ended(operation)


def test_the_agent_takes_what_the_verb_sends() -> None:
    asked = Asked(service="api", version="2", release="abc")
    text = '{"service": "api", "version": "2", "release": "abc"}'
    assert KINDS["release"].read("release", text) == asked
    assert KINDS["release"].holds_platform
    with pytest.raises(TargetError, match="it takes no"):
        KINDS["release"].read("release", '{"service": "api", "speed": "full"}')


def test_a_release_is_decided_anew_without_an_agent(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("rollout", "replay")
    assert told.code == 1
    assert "nothing was released here yet" in told.err
    rolled_out(prompt.target.folder)
    told = prompt("rollout", "replay")
    assert told.code == 0, told.err
    assert "decided anew from what was seen: the same, each at its look" in told.out
    assert "the gateways serve 20 % in us" in told.out
    found = json.loads(prompt("rollout", "replay", "release", "-o", "json").out)
    assert (found["release"], found["is_same"]) == ("release-1", True)
    assert found["ticks"][-1]["decided"][-1]["phase"] == "done"
    assert "'other' names 0 releases" in prompt("rollout", "replay", "other").err


def test_another_decision_is_shown(prompt: Prompt) -> None:
    """As it would be if the judge had become another one since."""
    prompt.write()
    rolled_out(prompt.target.folder)
    path = prompt.target.folder / "releases" / "looks" / "release-1.jsonl"
    path.write_text(path.read_text().replace('"verdict":"proven"', '"verdict":"hold"', 1))
    told = prompt("rollout", "replay")
    assert told.code == 1
    assert "decided otherwise from look" in told.out
    assert json.loads(prompt("rollout", "replay", "-o", "json").out)["difference"]["look"] > 1


def test_figures_need_no_agent_and_say_what_is_unknown(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("rollout", "figures")
    assert told.code == 0, told.err
    assert "0 of 0 releases in 30 days" in told.out
    assert told.out.count("unknown") == 3
    found = json.loads(prompt("rollout", "figures", "--days", "7", "-o", "json").out)
    assert (found["days"], found["failure_rate"]) == (7, None)

"""`status` tells the overall truth first, and never calls an ill platform well."""

import json
from dataclasses import replace

import pytest
from agent.door import open_door
from cli.doubles import DESIGN, Prompt
from data_plane import shop

from groundplan.cli.terminal.words import counted, lasted
from groundplan.design.scale import scaled
from groundplan.design.scaling import Scaling
from groundplan.ports.folder import DESIGN as DESIGN_FILE
from groundplan.ports.records import COLLECTOR


def test_all_is_well(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    told = prompt("status")
    assert told.code == 0
    first, _, rest = told.out.partition("\n\n")
    assert first == (
        "shop (production): all 7 parts in 2 regions are healthy, http://127.0.0.1:18099"
    )
    assert rest.startswith("global\n  ok  edge  edge  running  127.0.0.1:18099  4711  ")
    assert "\n\nnorth (primary)\n  ok  gateway     gateway     running  127.60.1.1:8080" in rest


def test_one_ill_part_is_in_the_first_line_and_in_the_exit_code(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.ill = {"north/redis-1": "it does not answer"}
    told = prompt("status")
    assert told.code == 1
    assert told.out.startswith("shop (production): 1 of 7 parts in 2 regions is not healthy\n")
    assert "  ill  redis-1     redis       fatal    127.60.1.2:6379  -     -" in told.out
    assert "it does not answer" in told.out


def test_what_the_agent_says_is_wrong_stands_below(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    with open_door(prompt.target.folder) as door:
        assert "the agent says" not in prompt("status").out
        door.voice.trouble("databases: waits", "failover of north/1 failed twice")
        told, program = prompt("status"), prompt("status", "-o", "json")
    assert "the agent says\n  databases: waits: failover of north/1 failed twice" in told.out
    assert told.code == 0
    assert list(json.loads(program.out)["troubles"]) == ["databases: waits"]


def test_a_sink_that_lags_stands_below_and_makes_nothing_ill(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    counts = {"sent": 1, "waiting": 1200, "refused": 0, "dropped": 0, "bytes": 3_200_000}
    sink = {"name": "splunk", **counts, "behind_seconds": 840, "trouble": "it answers 503"}
    (prompt.target.folder / COLLECTOR).write_text(json.dumps({"sinks": [sink]}))
    told = prompt("status")
    assert told.code == 0
    assert (
        "logs to splunk: 1,200 records wait (3.2 MB), the oldest for 14 min; it answers 503"
        in told.out
    )


def test_replicas_that_are_not_the_files_number_are_told(prompt: Prompt) -> None:
    prompt.write()
    place, one = "north/shop", shop("north/shop-1", "127.60.1.40")
    design = replace(DESIGN, parts=(*DESIGN.parts, one))
    prompt.target.built = design
    assert "replicas" not in prompt("status").out
    prompt.target.built = scaled(design, {place: 3})
    assert f"replicas\n  {place}: 3, for the load of another region, too; 1 of its own" in (
        prompt("status").out
    )
    follows = (Scaling(service="shop", least=1, most=5, cores=1.0),)
    prompt.target.built = replace(scaled(design, {place: 3}), scaling=follows)
    told, program = prompt("status"), prompt("status", "-o", "json")
    assert f"  {place}: 3, of 1 to 5 as its load asks for" in told.out
    assert json.loads(program.out)["replicas"][place] == {"now": 3, "least": 1, "most": 5}


def test_down_is_called_down(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.ill = {part.name: "stopped" for part in DESIGN.parts}
    told = prompt("status")
    assert told.code == 1
    assert told.out.startswith("shop (production) is down: none of its 7 parts in 2 regions runs.")


def test_nothing_built_is_not_healthy(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("status")
    assert told.code == 1
    assert told.out == "shop (production): nothing is built here. `groundplan up` builds it.\n"
    data = json.loads(prompt("status", "-o", "json").out)
    assert (data["healthy"], data["regions"], data["entry"]) == (False, [], None)


def test_what_an_interrupted_up_did_not_build_is_missing(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = replace(DESIGN, parts=DESIGN.parts[1:])
    prompt.target.folder.mkdir()
    (prompt.target.folder / DESIGN_FILE).write_bytes(DESIGN.to_json())
    told = prompt("status")
    assert told.code == 1
    assert told.out.startswith("shop (production): 1 of 7 parts in 2 regions is not healthy\n")
    assert "\nglobal\n  ill  edge  edge  missing  -  -  -  the last `groundplan up`" in told.out


def test_a_region_that_is_leaving_is_in_sight_until_it_is_gone(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    smaller = replace(DESIGN, regions=DESIGN.regions[:1], parts=DESIGN.parts[:4])
    (prompt.target.folder / DESIGN_FILE).write_bytes(smaller.to_json())
    assert "\nsouth (leaving)\n" in prompt("status").out


def test_the_status_for_programs(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.ill = {"south/redis-1": "gone"}
    data = json.loads(prompt("status", "-o", "json").out)
    assert (data["platform"], data["environment"]) == ("shop", "production")
    assert (data["entry"], data["healthy"]) == ("127.0.0.1:18099", False)
    regions = {region["name"]: region for region in data["regions"]}
    assert list(regions) == ["global", "north", "south"]
    assert regions["south"]["role"] == "partner"
    assert regions["south"]["address"] == "127.60.2.1:8080"
    parts = {part["name"]: part for part in regions["south"]["parts"]}
    assert parts["south/gateway"] == {
        "name": "south/gateway",
        "kind": "gateway",
        "state": "running",
        "address": "127.60.2.1:8080",
        "pid": 4711,
        "since": 1_700_000_000.0,
        "healthy": True,
        "because": "",
    }
    assert (parts["south/redis-1"]["pid"], parts["south/redis-1"]["since"]) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.99, "10 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_199, "120 min"),
        (7_200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


def test_counts_in_words() -> None:
    assert [counted(n, "part") for n in (0, 1, 2000)] == ["0 parts", "1 part", "2,000 parts"]

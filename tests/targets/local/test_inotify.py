"""Few inotify instances are said in words before a gateway starts, and none are lost by asking."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from groundplan.design.parts import Gateway
from groundplan.design.routes import Upstream
from groundplan.targets.local.inotify import Instances, holders, lacking
from groundplan.targets.local.preflight import instances_more

LOOKS = """\
import dataclasses, json
from groundplan.targets.local.inotify import look
print(json.dumps([dataclasses.asdict(look(wanted)) for wanted in (2, 9, 9)]))
"""
SIDES: dict[str, dict[str, Any]] = {
    name: {"routes": (), "upstreams": (Upstream(service="a", subsets=subsets, ready_path="/"),)}
    for name, subsets in {"one": ("stable",), "two": ("stable", "canary")}.items()
}
FEW = Instances(free=3, limit=128, holders=Counter({"envoy": 48, "code": 70, "a": 2, "b": 1}))


def test_enough_is_no_complaint() -> None:
    assert lacking(3, FEW, part="north/gateway") is None


def test_the_complaint_tells_how_many_lack_who_holds_them_and_what_to_do() -> None:
    error = lacking(15, FEW, part="north/gateway")
    assert error is not None
    assert error.part == "north/gateway"
    assert "take 15 inotify instances more, and 3 are left of the 128" in error.why
    assert error.why.endswith("(most are held by: code 70, envoy 48, a 2)")
    assert "sysctl -w fs.inotify.max_user_instances=1024" in error.try_
    assert not error.retry


def test_a_machine_that_tells_little_still_gets_a_sentence() -> None:
    error = lacking(4, Instances(free=0, limit=None, holders=Counter()), part="north/gateway")
    assert error is not None
    assert error.why.endswith("take 4 inotify instances more, and 0 are left")


def test_a_part_that_stands_takes_only_what_it_has_not() -> None:
    gateway = Gateway(name="north/gateway", site="north", address="127.60.0.1", **SIDES["one"])
    grown = replace(gateway, **SIDES["two"])
    assert instances_more([gateway], {}) == {"north/gateway": 4}
    assert instances_more([grown], {gateway.name: gateway}) == {"north/gateway": 1}
    assert not instances_more([gateway], {gateway.name: grown}), "one that shrinks takes nothing"
    assert not instances_more([gateway], {gateway.name: gateway})


def test_asking_takes_none_away() -> None:
    """With a limit of our own, which Linux grants in a user namespace."""
    limited = 'echo 5 >/proc/sys/user/max_inotify_instances && exec "$0" -c "$1"'
    asked = ("unshare", "--user", "--map-root-user", "sh", "-c", limited, sys.executable, LOOKS)
    result = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    if result.returncode != 0 and "unshare" in result.stderr:
        pytest.skip(f"no user namespace may be made here: {result.stderr.strip()}")
    assert result.returncode == 0, result.stderr
    assert [(found["free"], found["limit"]) for found in json.loads(result.stdout)] == [
        (2, 5),
        (5, 5),
        (5, 5),
    ]


def test_who_holds_instances_is_named_by_its_program() -> None:
    program = "import ctypes; ctypes.CDLL(None).inotify_init(); print(flush=True); input()"
    with subprocess.Popen(
        ("python3", "-c", program), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        held = holders()
        holder.stdin.close()
    assert held["python3"] >= 1

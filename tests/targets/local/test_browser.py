"""A browser's pipes, with a program that only pretends to be one."""

import stat
import time
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.browser import running

# Answers as Chromium does, in pieces; a page called /hangs is never loaded.
PRETENDER = """\
#!/usr/bin/env python3
import json, os
rest, status = b"", 200
def say(**message):
    text = json.dumps(message).encode() + b"\\0"
    os.write(4, text[:5])
    os.write(4, text[5:])
while True:
    while b"\\0" not in rest:
        piece = os.read(3, 65536)
        if not piece:
            raise SystemExit
        rest += piece
    first, rest = rest.split(b"\\0", 1)
    asked = json.loads(first)
    url = asked["params"].get("url", "")
    entry = {"responseStatus": status, "loadEventStart": 250.0, "loadEventEnd": 0}
    answers = {
        "Target.createTarget": {"targetId": "t"},
        "Target.attachToTarget": {"sessionId": "s"},
        "Page.navigate": {"errorText": "net::ERR_FAILED"} if "gone" in url else {},
        "Runtime.evaluate": {"result": {"value": json.dumps(entry)}},
    }
    if asked["method"] == "Page.navigate":
        status = 404 if "missing" in url else 200
        if "ends" in url:
            raise SystemExit
    say(method="Noise", params={})
    say(id=asked["id"], result=answers.get(asked["method"], {}))
    if asked["method"] == "Page.navigate" and "hangs" not in url:
        say(method="Page.loadEventFired", params={})
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "chromium"
    path.write_text(PRETENDER)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def soon() -> float:
    return time.monotonic() + 10


def test_a_page_takes_as_long_as_its_navigation(program: Path) -> None:
    with running(program) as browser:
        assert browser.load("http://shop/", soon()) == 0.25
        assert browser.load("http://shop/again", soon()) == 0.25


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("gone", "ERR_FAILED"),
        ("missing", "answers 404"),
        ("hangs", "did not answer in time"),
        ("ends", "it has ended"),
    ],
)
def test_a_page_that_is_not_there_says_why(program: Path, page: str, why: str) -> None:
    with running(program) as browser, pytest.raises(TargetError) as refused:
        browser.load(f"http://shop/{page}", time.monotonic() + (1 if page == "hangs" else 10))
    assert why in refused.value.why

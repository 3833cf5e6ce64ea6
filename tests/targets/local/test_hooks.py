"""Webhooks over real HTTP on the loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundplan.ports.hooks import Hook
from groundplan.targets.local.delivery.hooks import LocalHooks
from tests.agent.receiver import Heard, listening


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as heard:
        yield heard


def hook(url: str, **fields: Any) -> Hook:
    given = {"when": "before-step", "on_refusal": "hold", "seconds": 5, "tries": 3, **fields}
    return Hook(name="load-test", url=url, **given)


def test_any_success_is_a_yes(heard: Heard, tmp_path: Path) -> None:
    heard.answers = [200, 202, 204]
    hooks = LocalHooks(folder=tmp_path)
    assert [hooks.ask(hook(heard.url), {"weight": 5}, key="k") for _ in range(3)] == [""] * 3
    assert heard.bodies[0] == {"weight": 5}
    assert heard.keys == ["k"] * 3


@pytest.mark.parametrize("status", [302, 403, 409, 500])
def test_everything_else_is_none(heard: Heard, tmp_path: Path, status: int) -> None:
    heard.answers = [status]
    why = LocalHooks(folder=tmp_path).ask(hook(heard.url), {}, key="k")
    assert why == f"it answers {status}"
    assert len(heard.bodies) == 1


def test_silence_is_none_and_no_reason_holds_the_address(tmp_path: Path) -> None:
    why = LocalHooks(folder=tmp_path).ask(hook("http://127.0.0.1:1/secret"), {}, key="k")
    assert why == "it is not reached (ConnectError)"


def test_the_token_is_read_from_its_secret(heard: Heard, tmp_path: Path) -> None:
    hooks = LocalHooks(folder=tmp_path)
    asking = hook(heard.url, token="gate")
    assert hooks.ask(asking, {}, key="k") == "there is no secrets/hook-gate"
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hook-gate").write_text("s3cret\n")
    assert hooks.ask(asking, {}, key="k") == ""
    assert heard.tokens == ["Bearer s3cret"]
